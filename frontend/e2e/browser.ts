import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { password } from './programs'

const artifacts = resolve('../artifacts')

const executable = () =>
  process.env.CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim()

/** A browser; one that is to draw a map draws everything in software, which is slow. */
export function launch({ webgl = false } = {}): Promise<Browser> {
  const drawing = webgl ? ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'] : ['--disable-gpu']
  const args = ['--no-sandbox', ...drawing, '--disable-dev-shm-usage', '--force-color-profile=srgb']
  return chromium.launch({ executablePath: executable(), args })
}

export interface Look {
  theme?: 'light' | 'dark'
  lang?: 'es' | 'en' | 'pt' | 'fr'
  width?: number
  height?: number
}

/** A person's browser. What the page complains about fails the test that asks for complaints. */
export class Visitor {
  readonly complaints: string[] = []
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly url: string,
  ) {
    page.on('pageerror', (e) => this.complaints.push(e.message))
    page.on('console', (message) => {
      // A refused edit or a server that is away is logged by the browser itself.
      const isNetwork = message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !isNetwork) this.complaints.push(message.text())
    })
  }

  /** Opens a page; what is prepared runs in it before anything of its own. */
  static async open(
    browser: Browser,
    url: string,
    look: Look = {},
    prepare: (context: BrowserContext) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Visitor> {
    const context = await browser.newContext({
      viewport: { width: look.width ?? 1366, height: look.height ?? 768 },
      locale: 'es-PE',
      timezoneId: 'America/Lima',
      acceptDownloads: true,
    })
    const preferences = { locale: look.lang ?? 'es', theme: look.theme ?? 'light', density: 'comfortable' }
    await context.addInitScript(
      (p) => localStorage.setItem('acopio.preferences', JSON.stringify(p)),
      preferences,
    )
    await prepare(context)
    const visitor = new Visitor(context, await context.newPage(), url)
    visitor.page.setDefaultTimeout(15_000)
    await visitor.page.goto(url)
    return visitor
  }

  async go(place: string): Promise<void> {
    await this.page.goto(`${this.url}/#/${place}`)
  }

  async signIn(email: string): Promise<void> {
    await this.page.fill('#email', email)
    await this.page.fill('#password', password)
    await this.page.keyboard.press('Enter')
    await this.page.waitForSelector('[data-testid=status-chip]')
  }

  chip(): Promise<string> {
    return this.page.innerText('[data-testid=status-chip]')
  }
  async waitForChip(words: RegExp, timeout = 20_000): Promise<void> {
    await this.page.getByTestId('status-chip').filter({ hasText: words }).waitFor({ timeout })
  }

  /** Keeps what is seen as artifacts/ALBUM/NAME.png. */
  async picture(name: string, album = 'ui'): Promise<void> {
    const path = join(artifacts, album, `${name}.png`)
    mkdirSync(dirname(path), { recursive: true })
    await this.page.screenshot({ path })
  }

  /** Fails on any violation of WCAG 2.2 A and AA or of axe's good practices. */
  async accessible(): Promise<void> {
    const axe = new AxeBuilder({ page: this.page }).setLegacyMode() // no frames: it need not open a page to join results in
    const found = await axe.analyze()
    const told = found.violations.map(
      (v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html.slice(0, 200)).join('\n  ')}`,
    )
    expect(told).toEqual([])
  }

  async close(): Promise<void> {
    await this.context.close()
    expect(this.complaints).toEqual([])
  }
}
