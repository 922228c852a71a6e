import type { PlaceFigures } from '$lib/api/types'
import { country } from '$lib/format/country'
import { m } from '$lib/paraglide/messages'
import { scope } from '$lib/state/scope.svelte'
import type { Scope } from './lists'

export type By = 'network' | 'country' | 'both'

type Sums = Omit<PlaceFigures, 'network' | 'country'>
export type Measured = keyof Sums

/** The figures of some places together. */
export interface Group extends Sums {
  key: string
  name: string
  of: Scope
}

const added: Exclude<Measured, 'freshness'>[] = [
  'organizations',
  'counted',
  'families',
  'women',
  'youth',
  'area',
  'stale',
  'expiring',
]

/** Adds places up; freshness is the mean over their organizations. */
export function sum(places: PlaceFigures[]): Sums {
  const out = Object.fromEntries(
    added.map((name) => [name, places.reduce((total, p) => total + p[name], 0)]),
  ) as unknown as Sums
  const fresh = places.reduce((total, p) => total + p.freshness * p.organizations, 0)
  return { ...out, freshness: out.organizations > 0 ? Math.round(fresh / out.organizations) : 0 }
}

const ofBy: Record<By, (p: PlaceFigures) => Scope> = {
  network: ({ network }) => ({ network }),
  country: ({ country }) => ({ country }),
  both: ({ network, country }) => ({ network, country }),
}

/** Places by network, by country or by both; those with most organizations first. */
export function group(places: PlaceFigures[], by: By): Group[] {
  const groups = new Map<string, { of: Scope; places: PlaceFigures[] }>()
  for (const p of places) {
    const of = ofBy[by](p)
    const key = `${of.network ?? ''}/${of.country ?? ''}`
    const found = groups.get(key) ?? { of, places: [] }
    found.places.push(p)
    groups.set(key, found)
  }
  return [...groups]
    .map(([key, g]) => ({ ...sum(g.places), key, of: g.of, name: nameOf(g.of) }))
    .sort((a, b) => b.organizations - a.organizations || a.name.localeCompare(b.name))
}

/** A network and a country in words. */
export function nameOf(of: Scope): string {
  const parts = [
    of.network && scope.nameOf(of.network),
    of.country === undefined ? '' : of.country ? country(of.country) : m.dashboard_no_country(),
  ]
  return parts.filter(Boolean).join(' · ')
}
