import type { Recent } from '$lib/api/types'

/** What changed, by who changed it; whoever did something last comes first. */
export function byPerson(recent: Recent[]): { who: string; items: Recent[] }[] {
  const groups = new Map<string, Recent[]>()
  for (const r of recent) groups.set(r.by, [...(groups.get(r.by) ?? []), r])
  return [...groups].map(([who, items]) => ({ who, items }))
}
