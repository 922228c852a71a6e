import type { Dashboard, Device } from '$lib/api/types'
import type { Plot } from '$lib/chart/plot'
import { count } from '$lib/format/number'
import { monthName } from '$lib/format/time'
import { optionName } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { collectionName, fieldName, schema } from '$lib/state/schema.svelte'
import { notSeen, unseenDays } from '$screens/office/unseen'
import { area } from './measures'
import { byCensus, certificates, changes, organizations, toVerify, unseen, type Scope } from './lists'

/** What the dashboard draws over time and by kind, each figure with the list behind it. */

/** As far back as a chart stays readable. */
const mostYears = 15

export function familiesOver({ years }: Dashboard, of: Scope): Plot {
  const shown = years.slice(-mostYears)
  const series = (name: string, key: 'families' | 'women' | 'youth', field: string) => ({
    name,
    say: count,
    figures: shown.map((y) => ({ value: y[key], href: byCensus(of, field, y.year) })),
  })
  return {
    head: m.dashboard_year(),
    categories: shown.map((y) => String(y.year)),
    series: [
      series(m.figure_members(), 'families', 'members_total'),
      series(m.dashboard_women(), 'women', 'members_women'),
      series(m.dashboard_youth(), 'youth', 'members_youth'),
    ],
  }
}

export function areasOver({ years }: Dashboard, of: Scope): Plot {
  const shown = years.slice(-mostYears)
  const series = (name: string, key: 'area' | 'certified' | 'organic', field: string) => ({
    name,
    say: area,
    figures: shown.map((y) => ({ value: y[key], href: byCensus(of, field, y.year) })),
  })
  return {
    head: m.dashboard_year(),
    categories: shown.map((y) => String(y.year)),
    series: [
      series(m.dashboard_area(), 'area', 'area_total'),
      series(m.dashboard_certified(), 'certified', 'area_certified'),
      series(m.dashboard_organic(), 'organic', 'area_organic'),
    ],
  }
}

export function membershipOver({ membership, day }: Dashboard, of: Scope): Plot {
  const shown = membership.slice(-mostYears)
  const members = (year: number) =>
    organizations(of, ['member_network=member'], { asOf: `${year}-12-31`, sort: 'name' })
  return {
    head: m.dashboard_year(),
    categories: shown.map((y) => String(y.year)),
    series: [
      {
        name: m.dashboard_members(),
        say: count,
        line: true,
        figures: shown.map((y) => ({ value: y.members, href: members(y.year) })),
      },
      {
        name: m.dashboard_joined(),
        say: count,
        figures: shown.map((y) => ({ value: y.joined, href: changes(of, 'joined', y.year, day) })),
      },
      {
        name: m.dashboard_left(),
        say: count,
        figures: shown.map((y) => ({ value: y.left, href: changes(of, 'left', y.year, day) })),
      },
    ],
  }
}

/** Who grows what; as a table also the families. */
export function products({ products }: Dashboard, of: Scope, withFamilies: boolean): Plot {
  const field = schema.field('organization', 'products')
  const grows = (product: string) => `products=${product}`
  const series = [
    {
      name: m.nav_members(),
      say: count,
      figures: products.map((p) => ({
        value: p.organizations,
        href: organizations(of, [grows(p.product)]),
      })),
    },
    {
      name: m.figure_members(),
      say: count,
      figures: products.map((p) => ({
        value: p.families,
        href: organizations(of, [grows(p.product)], { sort: '-members_total' }),
      })),
    },
  ]
  return {
    head: fieldName('organization', 'products'),
    categories: products.map((p) => (field ? optionName(field, p.product) : p.product)),
    series: withFamilies ? series : series.slice(0, 1),
    sideways: true,
  }
}

export function parts({ parts }: Dashboard, of: Scope): Plot {
  const field = schema.field('verification', 'field_group')
  return {
    head: m.shelf_part(),
    categories: parts.map((p) => (field ? optionName(field, p.part) : p.part)),
    series: [
      {
        name: m.dashboard_stale(),
        say: count,
        figures: parts.map((p) => ({ value: p.organizations - p.fresh, href: toVerify(of, p.part) })),
      },
    ],
    sideways: true,
  }
}

export function expiring({ expiring, day }: Dashboard, of: Scope): Plot {
  return {
    head: m.dashboard_month(),
    categories: expiring.map((x) => monthName(x.month)),
    series: [
      {
        name: collectionName('certification', true),
        say: count,
        figures: expiring.map((x) => ({ value: x.certificates, href: certificates(of, x.month, day) })),
      },
    ],
  }
}

export function silent(devices: Device[], network: string): Plot {
  const of = network ? { network } : {}
  return {
    head: m.nav_devices(),
    categories: unseenDays.map((n) => m.dashboard_days({ n })),
    series: [
      {
        name: m.nav_devices(),
        say: count,
        figures: unseenDays.map((n) => ({
          value: notSeen(devices, n, network).length,
          href: unseen(n, of),
        })),
      },
    ],
    sideways: true,
  }
}
