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

const tab = (name: string, organization: string, there: string, act?: Screen['act']) =>
  screen(`organization-${name || 'profile'}`, `organization/${organization}/${name}`, there, act)

/** Until a map has its sites, of which no element tells. */
const untilSites = (page: Page) => page.waitForTimeout(2_000)

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
function everywhere(organization: string, certificate: string): Screen[] {
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
    tab('', organization, 'main form, main h2'),
    tab('contact', organization, 'main section h2'),
    tab('census', organization, 'main section h2'),
    tab('certification', organization, 'main section h2'),
    tab('site', organization, '[data-drawn]', untilSites),
    tab('membership_event', organization, 'main section h2'),
    tab('product_year', organization, 'main section h2'),
    tab('interaction', organization, 'main section h2'),
    tab('mandate', organization, 'main section h2'),
    tab('verification', organization, 'main section h2'),
    tab('timeline', organization, 'main ol li'),
    tab('history', organization, 'main ol li'),
    screen('dashboard', 'dashboard', 'main canvas, main svg'),
    screen('list', 'list/certification?where=status=certified', '[role=grid] [role=row] a'),
    screen('record', `record/certification/${certificate}`, 'main section h2'), // opens the page it belongs to
    screen('record-gone', `record/certification/${gone}`, 'main .lucide-compass'),
    screen('map', 'map', '[data-drawn]', untilSites),
    screen('verify', 'verify', 'main [role=status]'),
    screen('shelf-lives', 'verify/shelf-lives', 'main input, main table'),
    screen('duplicates', 'duplicates'),
    screen('import', 'import', 'input[type=file]'),
    screen('conflicts', 'conflicts', 'main h1'),
    screen('settings', 'settings'),
    screen('nowhere', 'no/such/place', 'main p'),
  ]
}

/** The id of a record that there never was. */
const gone = '01900000-0000-7000-8000-000000000000'

/** What one host alone has. */
export const own: Record<'window' | 'office', Screen[]> = {
  window: [screen('sync', 'sync')],
  office: [
    screen('proposals', 'proposals', 'main article'),
    screen('networks', 'networks', 'main table'),
    screen('people', 'people', 'main table'),
    screen('devices', 'devices', 'main table'),
  ],
}

export const screensOf = (
  host: keyof typeof own,
  { organization, certificate }: Record<'organization' | 'certificate', string>,
): Screen[] => [...everywhere(organization, certificate), ...own[host]]
