import type { Browser } from 'playwright-core'
import type { Visitor } from '../e2e/browser'
import type { Measured } from './figure'
import { recording, Times, type Is } from './keys'
import { install } from './recorder'
import { shown, type Register } from './register'

/** What a run measures with. */
export interface Bench {
  register: Register
  browser: Browser
  samples: number
  organizations: number
}

const names = Array.from({ length: 10 }, (_, i) => `#members-${i}-0 a`).join()
const counted = 'main p[role=status]'
export const digits = (text = '') => Number(text.replace(/\D/g, ''))

/** The list as it must look for a search. */
async function listed(b: Bench, q: string): Promise<Is> {
  const { total, records } = await b.register.list(q.trim(), 10)
  const first = records.map((r) => shown(r.fields.name)).join('|')
  return ([rows = [], count = []]) => rows.join('|') === first && digits(count[0]) === total
}

export async function atMembers(b: Bench): Promise<Visitor> {
  const visitor = await b.register.visit(b.browser, 'members')
  await visitor.page.locator('#members-0-0 a').waitFor()
  await recording(visitor.page)
  return visitor
}

/** A page that does next to nothing for a key. */
export async function nothing(b: Bench): Promise<Times> {
  const context = await b.browser.newContext({ viewport: { width: 1366, height: 768 } })
  await context.addInitScript(install, [])
  const page = await context.newPage()
  await page.goto('data:text/html,<p>0</p>')
  await page.evaluate(() => {
    const text = document.querySelector('p')
    window.addEventListener(
      'keydown',
      () => text && (text.textContent = String(Number(text.textContent) + 1)),
    )
  })
  const times = new Times(page)
  for (let i = 1; i <= Math.max(30, b.samples); i++)
    await times.press(
      'a',
      ['p'],
      () =>
        ([text]) =>
          text?.[0] === String(i),
    )
  await context.close()
  return times
}

/**
 * What the machine takes, right now, for a key that asks the program for next to nothing and draws a screenful of
 * cells without any of the interface: the same three processes take turns for it.
 */
export async function screenful(b: Bench): Promise<Times> {
  const context = await b.browser.newContext({ viewport: { width: 1366, height: 768 } })
  await context.addInitScript(install, [])
  const page = await context.newPage()
  const address = `${b.register.desktop.url}/screenful`
  await page.route(address, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<p>0</p><main></main>' }),
  )
  await page.goto(address)
  await page.evaluate(() => {
    const [text, main] = [document.querySelector('p'), document.querySelector('main')]
    window.addEventListener('keydown', () => {
      void fetch('/api/session')
        .then((answer) => answer.text())
        .then((answer) => {
          const next = Number(text?.textContent) + 1
          const cell = (_: unknown, i: number) =>
            `<div style="display:inline-block;width:9%">${next + i} ${answer.slice(i % 50, (i % 50) + 12)}</div>`
          if (main) main.innerHTML = Array.from({ length: 300 }, cell).join('')
          if (text) text.textContent = String(next)
        })
    })
  })
  const times = new Times(page)
  for (let i = 1; i <= b.samples; i++)
    await times.press(
      'a',
      ['p'],
      () =>
        ([text]) =>
          text?.[0] === String(i),
    )
  await context.close()
  return times
}

/** Names as people type them: some words are in thousands of organizations, others in a few. */
const searches = [
  'cooperativa ma',
  'cafe junin',
  'union copro',
  'guatane',
  'piloto pu',
  'zunali',
  'comite mirata',
  '20',
]

export async function search(b: Bench, yardstick: Times): Promise<Measured[]> {
  const visitor = await atMembers(b)
  const times = new Times(visitor.page)
  const box = visitor.page.getByRole('searchbox').first()
  for (const words of searches) {
    if (times.paint.length >= b.samples * 2) break
    await box.fill('')
    await recording(visitor.page)
    for (let n = 1; n <= words.length; n++)
      await times.press(words[n - 1] ?? '', [names, counted], () => listed(b, words.slice(0, n)))
  }
  await visitor.close()
  return [...times.figures('search, key to paint', 50, yardstick), times.answers('search')]
}

/** The first time that a page opens the list, half a second after the first screen was there to look at. */
export async function opening(b: Bench, yardstick: Times): Promise<Measured[]> {
  const visitor = await b.register.visit(b.browser, '')
  const times = new Times(visitor.page)
  for (let i = 0; i < b.samples; i++) {
    await visitor.page.goto(`${b.register.desktop.url}/?${i}#/`) // another page, not another place in it
    await visitor.page.locator('main dl dd').first().waitFor()
    await visitor.page.waitForTimeout(500)
    await recording(visitor.page)
    await visitor.page.locator('nav a[href="#/members"]').first().focus()
    await times.press('Enter', [names, counted], () => listed(b, ''))
  }
  await visitor.close()
  return [...times.figures('list opened, key to first rows', 100, yardstick), times.answers('list opened')]
}

export async function organization(b: Bench, yardstick: Times): Promise<Measured[]> {
  const visitor = await atMembers(b)
  const { page } = visitor
  const times = new Times(page)
  for (let i = 0; i < b.samples; i++) {
    await page.focus('#members')
    for (let down = 0; down < (i % 9) + 1; down++) await page.keyboard.press('ArrowDown')
    await recording(page)
    const here = (await page.getAttribute('#members', 'aria-activedescendant')) ?? ''
    const row = Number(here.split('-')[1])
    await times.press('Control+Enter', ['main h1', 'main section h2', 'main section label'], async () => {
      const { records } = await b.register.list('', 1, row)
      const name = shown(records[0]?.fields.name)
      return ([title = [], sections = [], labels = []]) =>
        !!name && !!title[0]?.includes(name) && sections.length > 2 && labels.length > 10
    })
    await page.goBack()
    await page.locator('[id^=members-][id$="-0"] a').first().waitFor()
    await recording(page)
  }
  await visitor.close()
  return [
    ...times.figures('organization opened, key to paint', 100, yardstick),
    times.answers('organization opened'),
  ]
}

/** Keys in the list: to the next cell, a screenful on, and to the other end. */
export async function moving(b: Bench, yardstick: Times): Promise<Measured[]> {
  const visitor = await atMembers(b)
  const { page } = visitor
  await page.focus('#members')
  const arrow = new Times(page)
  const at = ['#members@aria-activedescendant']
  for (let i = 1; i <= b.samples; i++) {
    const [key, spot] =
      i % 2 ? ['ArrowRight', `members-${(i - 1) / 2}-1`] : ['ArrowDown', `members-${i / 2}-0`]
    await arrow.press(
      key ?? '',
      at,
      () =>
        ([here]) =>
          here?.[0] === spot,
    )
    if (i % 2) await page.keyboard.press('ArrowLeft')
  }
  const ends = new Times(page)
  const last = b.organizations - 1
  for (let i = 0; i < b.samples; i++) {
    const row = i % 2 ? 0 : last
    await ends.press(i % 2 ? 'Control+Home' : 'Control+End', [`[id^="members-${row}-0"] a`], async () => {
      const { records } = await b.register.list('', 1, row)
      return ([name]) => name?.[0] === shown(records[0]?.fields.name)
    })
  }
  await visitor.close()
  return [
    ...arrow.figures('arrow in the list, key to paint', 50, yardstick),
    ...ends.figures('other end of the list, key to paint', 100, yardstick),
    ends.answers('other end of the list'),
  ]
}

/** A cell is typed into and left: the next row is marked and the value is on the disk. */
export async function editing(b: Bench, yardstick: Times): Promise<Measured[]> {
  const visitor = await atMembers(b)
  const { page } = visitor
  await page.focus('#members')
  await page.keyboard.press('ArrowRight')
  const times = new Times(page)
  for (let i = 0; i < b.samples; i++) {
    const value = `SIGLA${Date.now() % 100_000}`
    await page.keyboard.type(value)
    await times.press('Enter', [`#members-${i}-1`, `#members-${i}-1 input@type`], async () => {
      const { records } = await b.register.list('', 1, i)
      if (records[0]?.fields.acronym !== value) throw new Error(`row ${i} did not save ${value}`)
      return ([cell, input]) => !!cell?.[0]?.includes(value) && input?.length === 0
    })
  }
  await visitor.close()
  return [...times.figures('cell saved, key to paint', 100, yardstick), times.answers('cell saved')]
}

export async function palette(b: Bench, yardstick: Times): Promise<Measured[]> {
  const visitor = await atMembers(b)
  const { page } = visitor
  const times = new Times(page)
  for (const words of searches) {
    if (times.paint.length >= b.samples) break
    await page.keyboard.press('Control+k')
    await page.locator('[role=dialog] input').waitFor()
    await recording(page)
    for (let n = 1; n <= words.length; n++) {
      const q = words.slice(0, n).trim()
      await times.press(words[n - 1] ?? '', ['[role=dialog] [role=option] > span:first-child'], async () => {
        if (q.length < 2) return () => true // finds no records yet
        const { hits } = await b.register.ask<{ hits: { title: string }[] }>(
          `find?q=${encodeURIComponent(q)}`,
        )
        return ([options = []]) => hits.every((hit, i) => options[i] === shown(hit.title))
      })
    }
    await page.keyboard.press('Escape')
    await page.locator('[role=dialog]').waitFor({ state: 'detached' })
  }
  await visitor.close()
  return [...times.figures('palette, key to paint', 50, yardstick), times.answers('palette')]
}
