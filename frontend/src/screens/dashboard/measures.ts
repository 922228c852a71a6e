import type { Figure, Plot, Series } from '$lib/chart/plot'
import { count, decimal, percent } from '$lib/format/number'
import { m } from '$lib/paraglide/messages'
import { byCensus, ending, organizations, toVerify, type Scope } from './lists'
import type { Group, Measured } from './sums'

/** One of the figures that every network and country has. */
export interface Measure {
  key: Measured
  name: () => string
  say: (value: number) => string
  list: (of: Scope, day: string) => string
}

/** Hectares, with a decimal where there are few. */
export const area = (n: number) => decimal(n, n < 1000 ? 1 : 0)

export const measures: Measure[] = [
  { key: 'organizations', name: m.nav_members, say: count, list: (of) => organizations(of) },
  { key: 'families', name: m.figure_members, say: count, list: (of) => byCensus(of, 'members_total') },
  { key: 'women', name: m.dashboard_women, say: count, list: (of) => byCensus(of, 'members_women') },
  { key: 'youth', name: m.dashboard_youth, say: count, list: (of) => byCensus(of, 'members_youth') },
  {
    key: 'area',
    name: m.dashboard_area,
    say: area,
    list: (of) => byCensus(of, 'area_total'),
  },
  {
    key: 'freshness',
    name: m.freshness,
    say: (n) => percent(n, 100),
    list: (of) => organizations(of, [], { sort: 'freshness' }),
  },
  { key: 'stale', name: m.dashboard_stale, say: count, list: (of) => toVerify(of) },
  { key: 'expiring', name: m.dashboard_ending, say: count, list: ending },
]

export const measure = (key: Measured): Measure =>
  measures.find((x) => x.key === key) ?? (measures[0] as Measure)

/** A figure of a group, or of all together. */
export const figure = (x: Measure, sums: Record<Measured, number>, of: Scope, day: string): Figure => ({
  value: sums[x.key],
  href: x.list(of, day),
})

/** Some measures of groups side by side. */
export function plotOf(
  head: string,
  groups: Group[],
  all: Record<Measured, number>,
  of: Scope,
  shown: Measure[],
  day: string,
): Plot {
  const within = (g: Group): Scope => ({ ...of, ...g.of })
  return {
    head,
    categories: groups.map((g) => g.name),
    series: shown.map((x): Series => ({
      name: x.name(),
      say: x.say,
      figures: groups.map((g) => figure(x, g, within(g), day)),
    })),
    total: shown.map((x) => figure(x, all, of, day)),
    sideways: true,
  }
}
