import type { Recent } from '$lib/api/types'

/** Changes that are told in one line: usually one; those of an import or of a bulk edit together, newest first. */
export type News = [Recent, ...Recent[]]

/** By hand, nobody changes so many records so soon after one another. */
const fewest = 4
const soonMs = 2_000

/** Folds what one person did to many records at once. */
export function folded(recent: Recent[]): News[] {
  const runs: News[] = []
  for (const r of recent) {
    const run = runs.at(-1)
    if (run && goesOn(run, r)) run.push(r)
    else runs.push([r])
  }
  return runs.flatMap((run) => (run.length < fewest ? run.map((r): News => [r]) : [run]))
}

function goesOn(run: News, r: Recent): boolean {
  const [first] = run
  const before = run.at(-1) ?? first
  return (
    r.by === first.by &&
    r.collection === first.collection &&
    r.kind === first.kind &&
    r.network === first.network &&
    before.at - r.at <= soonMs
  )
}

/** What changed, by the organization it belongs to; the one that changed last comes first. What was done to many has no id. */
export function byOrganization(news: News[]): { id: string; title: string; many: boolean; items: News[] }[] {
  const groups = new Map<string, { id: string; title: string; many: boolean; items: News[] }>()
  for (const item of news) {
    const many = item.some((r) => r.of !== item[0].of)
    const id = many ? '' : (item[0].of ?? '')
    const key = many ? '*' : id
    const group = groups.get(key) ?? { id, title: item[0].of_title ?? '', many, items: [] }
    group.items.push(item)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** What changed, by who changed it; whoever did something last comes first. */
export function byPerson(news: News[]): { who: string; items: News[] }[] {
  const groups = new Map<string, News[]>()
  for (const item of news) groups.set(item[0].by, [...(groups.get(item[0].by) ?? []), item])
  return [...groups].map(([who, items]) => ({ who, items }))
}
