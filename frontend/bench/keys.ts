import type { Page } from 'playwright-core'
import { figure, quantile, type Measured } from './figure'
import type { Recording } from './recorder'

/** For how long nothing may change or be on its way for a page to be done, in milliseconds. */
const quiet = 100

export type Is = (seen: string[][]) => boolean

/** Times from a key to the frame that shows what it was pressed for. */
export class Times {
  /** To the paint, and of that to the end of the last answer. */
  readonly paint: number[] = []
  readonly answer: number[] = []

  constructor(private page: Page) {}

  /**
   * Presses a key and notes when it was seen to do what it must; what that is may be asked for afterwards. One that has
   * nothing new to show is not counted.
   */
  async press(key: string, looks: string[], result: () => Is | Promise<Is>): Promise<void> {
    await this.page.evaluate((what) => window.recorder.watch(what), looks)
    await this.page.keyboard.press(key)
    const { found, at, is } = await shows(this.page, result, key)
    if (is(found.before)) return
    this.paint.push(at - found.began)
    this.answer.push(Math.max(0, Math.min(at, found.answered) - found.began))
  }

  /** The median and the 95th percentile, which is what has to keep the limit. */
  figures(name: string, limit: number, yardstick?: Times): Measured[] {
    const to = (p: number) => ({
      over: yardstick ? 'a screenful' : '',
      value: yardstick ? quantile(yardstick.paint, p) : 0,
    })
    return [
      figure(`${name}, p50`, quantile(this.paint, 0.5), 'ms', 0, to(0.5)),
      figure(`${name}, p95`, quantile(this.paint, 0.95), 'ms', limit, to(0.95)),
    ]
  }

  /** How much of it passed until the program's answer was there. */
  answers(name: string): Measured {
    return figure(`${name}, of that until the answer, p95`, quantile(this.answer, 0.95), 'ms')
  }
}

/** What a page has shown since something was pressed or the page was opened, once it is done. */
export const recording = (page: Page): Promise<Recording> =>
  page.evaluate((ms) => window.recorder.recording(ms), quiet)

/** When a page first showed a result, or that it did before; fails if it never does. */
export async function shows(page: Page, result: () => Is | Promise<Is>, what: string) {
  for (const began = Date.now(); ;) {
    const found = await recording(page)
    const is = await result()
    const frame = found.frames.find((f) => is(f.seen))
    if (frame || is(found.before)) return { found, at: frame?.at ?? found.began, is }
    if (Date.now() - began > 10_000)
      throw new Error(`${what} never showed its result, but ${JSON.stringify(found.frames.at(-1))}`)
  }
}
