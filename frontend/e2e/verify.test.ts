import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { people, Server } from './programs'

/** Calling through the list with the keyboard alone. */

let browser: Browser
const server = new Server()

beforeAll(async () => {
  browser = await launch()
  await server.start()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

it('confirms what is still correct with one key, and takes it back', { timeout: 60_000 }, async () => {
  const visitor = await Visitor.open(browser, server.url)
  const { page } = visitor
  await visitor.signIn(people.coordinator)
  await visitor.go('verify')
  const waiting = page.getByRole('status').filter({ hasText: 'por verificar' })
  await waiting.waitFor()
  const before = await waiting.innerText()
  await page.locator('main a[href^="tel:"]').first().waitFor()
  await visitor.picture('office-verify-es-light')
  await visitor.accessible()
  await page.keyboard.press('a')
  await page.getByText('sigue igual', { exact: false }).first().waitFor()
  await expect.poll(() => waiting.innerText()).not.toBe(before)
  await page.keyboard.press('Control+z')
  await expect.poll(() => waiting.innerText()).toBe(before)
  await page.keyboard.press('1')
  await page.getByText('Vigente', { exact: true }).first().waitFor()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('3')
  await page.getByText('no contestan', { exact: false }).first().waitFor()
  await visitor.go('verify/shelf-lives')
  const months = page.getByLabel('Contactos: Meses')
  await months.fill('3')
  await months.press('Tab')
  await expect.poll(() => months.inputValue()).toBe('3')
  await visitor.picture('office-shelf-lives-es-light')
  await visitor.accessible()
  await visitor.close()
})

it('is readable in the dark, in English', async () => {
  const visitor = await Visitor.open(browser, server.url, {
    theme: 'dark',
    lang: 'en',
    width: 1920,
    height: 1080,
  })
  await visitor.signIn(people.viewer)
  await visitor.go('verify')
  await visitor.page
    .getByText('Your role does not show people’s phone numbers.')
    .or(visitor.page.locator('a[href^="tel:"]'))
    .first()
    .waitFor()
  await visitor.picture('office-verify-en-dark')
  await visitor.accessible()
  await visitor.close()
})
