import type { Recent } from '$lib/api/types'

/** What changed, by the organization it belongs to; the one that changed last comes first. */
export function byOrganization(recent: Recent[]): { id: string; title: string; items: Recent[] }[] {
  const groups = new Map<string, { id: string; title: string; items: Recent[] }>()
  for (const r of recent) {
    const id = r.of ?? ''
    const group = groups.get(id) ?? { id, title: r.of_title ?? '', items: [] }
    group.items.push(r)
    groups.set(id, group)
  }
  return [...groups.values()]
}

/** What changed, by who changed it; whoever did something last comes first. */
export function byPerson(recent: Recent[]): { who: string; items: Recent[] }[] {
  const groups = new Map<string, Recent[]>()
  for (const r of recent) groups.set(r.by, [...(groups.get(r.by) ?? []), r])
  return [...groups].map(([who, items]) => ({ who, items }))
}
