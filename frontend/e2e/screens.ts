import type { Page } from 'playwright-core'

/** A screen to photograph: where it is, what is there once it is drawn, and what is done to come to see it. */
export interface Screen {
  name: string
  place: string
  there: string
  act?: (page: Page) => Promise<void>
}

const screen = (name: string, place: string, there = 'main h1', act?: Screen['act']): Screen => ({
  name,
  place,
  there,
  ...(act ? { act } : {}),
})

const record = (name: string, organization: string, there: string) =>
  screen(`organization-${name || 'profile'}`, `organization/${organization}/${name}`, there)

/** Starts the round for newcomers and goes on to a stop, counted from 1. */
const toStop = (n: number) => async (page: Page) => {
  await page.click('[data-tour=help]')
  await page.locator('[role=dialog] button').last().click()
  for (let i = 1; i < n; i++) {
    await page.getByText(`${i} / 4`).waitFor()
    await page.locator('[role=dialog] button').first().click()
  }
  await page.getByText(`${n} / 4`).waitFor()
}

const putStepsAway = (page: Page) => page.locator('[aria-labelledby=steps-title] button').last().click()

/** Both hosts have these, in the order in which a newcomer meets them. */
function everywhere(organization: string): Screen[] {
  return [
    screen('first-steps', ''),
    ...[1, 2, 3, 4].map((n) => screen(`tour-${n}`, '', 'main h1', toStop(n))),
    screen('home', '', 'main h1', putStepsAway),
    screen('palette', '', 'main h1', async (page) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('cafe')
      await page.locator('[data-command-item]').first().waitFor()
    }),
    screen('help', 'members', '#members-0-0', (page) => page.click('[data-tour=help]')),
    screen('members', 'members', '#members-0-0'),
    screen('new-organization', 'new', '#new-organization-name'),
    record('', organization, 'main form, main h2'),
    record('contact', organization, 'main section h2'),
    record('census', organization, 'main section h2'),
    record('certification', organization, 'main section h2'),
    record('site', organization, '[data-drawn]'),
    record('membership_event', organization, 'main section h2'),
    record('product_year', organization, 'main section h2'),
    record('interaction', organization, 'main section h2'),
    record('mandate', organization, 'main section h2'),
    record('verification', organization, 'main section h2'),
    record('timeline', organization, 'main ol li'),
    record('history', organization, 'main ol li'),
    screen('dashboard', 'dashboard', 'main canvas, main svg'),
    screen('list', 'list/certification?where=status=certified', '[role=grid] [role=row] a'),
    screen('map', 'map', '[data-drawn]', (page) => page.waitForTimeout(2_000)), // its sites, of which no element tells
    screen('verify', 'verify', 'main [role=status]'),
    screen('shelf-lives', 'verify/shelf-lives', 'main input, main table'),
    screen('duplicates', 'duplicates'),
    screen('import', 'import', 'input[type=file]'),
    screen('conflicts', 'conflicts', 'main h1'),
    screen('settings', 'settings'),
    screen('nowhere', 'no/such/place', 'main p'),
  ]
}

export const windowScreens = (organization: string): Screen[] => [
  ...everywhere(organization),
  screen('sync', 'sync'),
]

export const officeScreens = (organization: string): Screen[] => [
  ...everywhere(organization),
  screen('proposals', 'proposals', 'main article'),
  screen('networks', 'networks', 'main table'),
  screen('people', 'people', 'main table'),
  screen('devices', 'devices', 'main table'),
]
