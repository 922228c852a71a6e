import { backend } from '$lib/api/backend'
import type { Field } from '$lib/api/types'
import { country, countryCodes, latinAmerica } from '$lib/format/country'
import { fold } from '$lib/format/text'
import { nameOf } from '$lib/format/value'
import { scope } from '$lib/state/scope.svelte'
import { say } from '$lib/state/schema.svelte'

export interface Choice {
  value: string
  label: string
  detail?: string
}

export const hasChoices = (field: Field): boolean =>
  field.type === 'choice' ||
  field.type === 'choices' ||
  field.type === 'country' ||
  field.type === 'countries'

/** What can be chosen in a field, in the order to offer it. */
export function choicesOf(field: Field): Choice[] {
  if (field.type === 'country' || field.type === 'countries') return countries()
  return (field.options ?? []).map((o) => ({ value: o.code, label: say(o.label) }))
}

/** The network's own countries first, then the region, then the world; each part by name. */
function countries(): Choice[] {
  const near = new Set(scope.network?.countries ?? [])
  const region = new Set(latinAmerica)
  const rank = (code: string) => (near.has(code) ? 0 : region.has(code) ? 1 : 2)
  return countryCodes
    .map((value) => ({ value, label: country(value), detail: value }))
    .sort((a, b) => rank(a.value) - rank(b.value) || a.label.localeCompare(b.label))
}

/** The choices whose words begin with the words typed, or that contain them: the former first. */
export function narrow(choices: Choice[], q: string): Choice[] {
  const wanted = fold(q)
  if (!wanted) return choices
  const starts: Choice[] = []
  const contains: Choice[] = []
  for (const c of choices) {
    const text = fold(`${c.label} ${c.detail ?? ''}`)
    if (text.startsWith(wanted) || text.includes(` ${wanted}`)) starts.push(c)
    else if (text.includes(wanted)) contains.push(c)
  }
  return [...starts, ...contains]
}

/** Records that a reference may point to, found by what was typed. */
export async function findTargets(
  target: string,
  network: string,
  q: string,
  signal?: AbortSignal,
): Promise<Choice[]> {
  const page = await backend.list(target, { network: [network], q }, { limit: 20 }, signal)
  return page.records.map((r) => ({ value: r.id, label: nameOf(r) }))
}
