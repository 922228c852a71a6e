import { gzipSync } from 'node:zlib'
import type { Response } from 'playwright-core'
import { launch } from '../e2e/browser'
import { figure, quantile, type Measured } from './figure'
import { recording, shows, type Is } from './keys'
import { digits, type Bench } from './scenarios'

/** From nothing, the browser's own start included, to the first screen with its figures. */
export async function coldStart(b: Bench): Promise<Measured[]> {
  const looks = ['[data-testid=status-chip]', 'main h1', 'main dl dd']
  const there: Is = ([chip = [], title = [], figures = []]) =>
    !!chip[0] && !!title[0] && digits(figures[0]) === b.organizations
  const all: number[] = []
  const program: number[] = []
  for (let i = 0; i < Math.max(5, b.samples / 3); i++) {
    await b.register.desktop.stop()
    const began = Date.now()
    await b.register.desktop.start()
    program.push(Date.now() - began)
    const browser = await launch()
    const visitor = await b.register.visit(browser, '', looks)
    const { at } = await shows(visitor.page, () => there, 'the first screen')
    all.push(at - began)
    await visitor.close()
    await browser.close()
  }
  return [
    figure('cold start to usable, p50', quantile(all, 0.5), 'ms', 1500),
    figure('cold start to usable, p95', quantile(all, 0.95), 'ms'),
    figure('cold start, of that the program, p50', quantile(program, 0.5), 'ms'),
  ]
}

/** The scripts that the first screen loads, as they are when compressed. */
export async function scripts(b: Bench): Promise<Measured[]> {
  const visitor = await b.register.visit(b.browser, '')
  let bytes = 0
  const files: Promise<void>[] = []
  const loaded = (response: Response) => {
    if (response.request().resourceType() !== 'script') return
    files.push(response.body().then((body) => void (bytes += gzipSync(body).length)))
  }
  visitor.page.on('response', loaded)
  await visitor.page.reload()
  await visitor.page.locator('main dl dd').first().waitFor()
  await recording(visitor.page)
  visitor.page.off('response', loaded) // what other screens need comes later
  await Promise.all(files)
  await visitor.close()
  if (bytes === 0) throw new Error('no script was loaded')
  return [figure('initial JavaScript, gzipped', bytes / 1000, 'kB', 250, { over: 'limit', value: 250 })]
}
