import { plusDays } from '$lib/format/time'
import { soonDays } from '$screens/organization/validity'

/** Addresses of the lists behind figures. Each list finds what its figure counted. */

/** What a figure is of: a network and a country, where it is not of all. */
export interface Scope {
  network?: string
  country?: string
}

interface More {
  sort?: string
  /** The day the list is of. */
  asOf?: string
}

function address(screen: string, pairs: [string, string][]): string {
  return `#/${screen}${pairs.length > 0 ? `?${new URLSearchParams(pairs).toString()}` : ''}`
}

const sorted = ({ sort, asOf }: More): [string, string][] => [
  ...(sort ? [['sort', sort] as [string, string]] : []),
  ...(asOf ? [['as_of', asOf] as [string, string]] : []),
]

/** Organizations in the grid. */
export function organizations(of: Scope, where: string[] = [], more: More = {}): string {
  const all = [
    ...(of.network ? [`network=${of.network}`] : []),
    ...(of.country === undefined ? [] : [`country=${of.country}`]),
    ...where,
  ]
  const pairs: [string, string][] = all.length > 0 ? all.map((w) => ['where', w]) : [['all', '']]
  return address('members', [...pairs, ...sorted(more)])
}

/** Records that belong to organizations. */
export function records(collection: string, of: Scope, where: string[], sort: string): string {
  const all = [...(of.country === undefined ? [] : [`organization.country=${of.country}`]), ...where]
  return address(`list/${collection}`, [
    ...(of.network ? [['network', of.network] as [string, string]] : []),
    ...all.map((w): [string, string] => ['where', w]),
    ...sorted({ sort }),
  ])
}

/** Organizations of which something, or one part, is out of date. */
export function toVerify(of: Scope, part = ''): string {
  return address('verify', Object.entries({ ...of, part }).filter(([, v]) => v) as [string, string][])
}

/** Organizations whose last certificate ends soon after a day. */
export const ending = (of: Scope, day: string): string =>
  organizations(of, [`certified_until>=${day}`, `certified_until<=${plusDays(day, soonDays)}`], {
    sort: 'certified_until',
  })

/** Organizations by a figure of their census: the latest, or that of a year. */
export function byCensus(of: Scope, field: string, year?: number): string {
  const sort = `-${field}`
  if (year === undefined) return organizations(of, ['census_year!='], { sort })
  return organizations(of, [`census_year=${year}`], { sort, asOf: `${year}-12-31` })
}

/** What made or ended memberships in a year, up to a day. */
export function changes(of: Scope, change: 'joined' | 'left', year: number, day: string): string {
  const to = [`${year}-12-31`, day].sort()[0] ?? day
  const where = ['body=network', `standing_change=${change}`, `date>=${year}-01-01`, `date<=${to}`]
  return records('membership_event', of, where, '-date')
}

/** Certificates that end in a month, YYYY-MM, from a day on. */
export function certificates(of: Scope, month: string, day: string): string {
  const first = `${month}-01`
  const next = plusDays(first, 31).slice(0, 7)
  const where = [
    'status=certified',
    `valid_to>=${first < day ? day : first}`,
    `valid_to<=${plusDays(`${next}-01`, -1)}`,
  ]
  return records('certification', of, where, 'valid_to')
}

/** Certificates that end soon after a day. */
export const certificatesEnding = (day: string): string =>
  records(
    'certification',
    {},
    ['status=certified', `valid_to>=${day}`, `valid_to<=${plusDays(day, soonDays)}`],
    'valid_to',
  )

/** Devices that have not been seen for so many days. */
export const unseen = (days: number, of: Scope): string =>
  address('devices', [
    ['unseen', String(days)],
    ...(of.network ? [['network', of.network] as [string, string]] : []),
  ])
