import type { Page } from 'playwright-core'
import { figure, quantile, type Measured } from './figure'
import { install, type Scrolled } from './recorder'
import { atMembers, type Bench } from './scenarios'

/** The wheel turned without a pause over whatever is in the middle of the page. */
async function scrolled(page: Page, seconds: number): Promise<Scrolled> {
  const session = await page.context().newCDPSession(page)
  const stop = await page.evaluateHandle(() => window.recorder.scroll())
  const speed = 2500
  await session.send('Input.synthesizeScrollGesture', {
    x: 683,
    y: 450,
    yDistance: -speed * seconds,
    speed,
    gestureSourceType: 'mouse',
  })
  return stop.evaluate((ended) => ended())
}

export async function scrolling(b: Bench): Promise<Measured[]> {
  const seconds = b.samples < 30 ? 3 : 10
  const context = await b.browser.newContext({ viewport: { width: 1366, height: 768 } })
  await context.addInitScript(install, [])
  const empty = await context.newPage()
  await empty.goto('data:text/html,<div style="height:1000000px">.</div>')
  const least = await scrolled(empty, seconds)
  await context.close()
  const visitor = await atMembers(b)
  const found = await scrolled(visitor.page, seconds)
  const bottom = await visitor.page.evaluate(() => document.querySelector('#members')?.scrollTop ?? 0)
  if (bottom < 1000) throw new Error(`the list scrolled by ${bottom} pixels only`)
  await visitor.close()
  const late = (s: Scrolled) => (100 * s.frames.filter((ms) => ms > 17).length) / s.frames.length
  const to = (value: number) => ({ over: 'empty page', value })
  const p95 = (s: Scrolled) => quantile(s.frames, 0.95)
  return [
    figure('scrolling the list, frame p95', p95(found), 'ms', 16.7, to(p95(least))),
    figure('scrolling the list, frame p50', quantile(found.frames, 0.5), 'ms'),
    figure('scrolling the list, frames over 16.7 ms', late(found), '%'),
    figure('scrolling an empty page, frames over 16.7 ms', late(least), '%'),
    figure('scrolling the list, frames with rows to come', (100 * found.blank) / found.frames.length, '%'),
  ]
}
