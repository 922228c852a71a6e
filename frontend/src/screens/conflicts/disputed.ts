import type { Conflict, Disputed, Value } from '$lib/api/types'
import { measure, same } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { fieldName, schema } from '$lib/state/schema.svelte'

const isObject = (v: Disputed): v is Record<string, Value> =>
  v !== null && typeof v === 'object' && !Array.isArray(v)

/** What a conflict is about: a field, those of a group that differ, or the record's deletion. */
export function subject(c: Conflict): string {
  if (c.kind === 'delete') return m.conflict_deletion()
  return differing(c)
    .map((name) => fieldName(c.collection, name))
    .join(', ')
}

/** What the two sides are called: mine and theirs only where this computer wrote one of them. */
export const sides = (all: Conflict[]) =>
  all.every((c) => c.own)
    ? {
        mine: { title: m.conflict_mine(), take: m.conflict_take_mine(), all: m.conflict_all_mine() },
        theirs: { title: m.conflict_theirs(), take: m.conflict_take_theirs(), all: m.conflict_all_theirs() },
      }
    : {
        mine: { title: m.conflict_first(), take: m.conflict_take_first(), all: m.conflict_all_first() },
        theirs: { title: m.conflict_second(), take: m.conflict_take_second(), all: m.conflict_all_second() },
      }

/** The fields a conflict is about. */
export function parts(c: Conflict): string[] {
  const group = schema.collection(c.collection)?.fields.filter((f) => f.group === c.field) ?? []
  return group.length > 0 ? group.map((f) => f.name) : [c.field]
}

/** Those of them in which the sides differ. */
function differing(c: Conflict): string[] {
  const all = parts(c)
  const some = all.filter((name) => !same(partOf(c.mine, name), partOf(c.theirs, name)))
  return some.length > 0 ? some : all
}

/** One side of a conflict, line by line. */
export function lines(c: Conflict, side: Disputed): { label: string; text: string }[] {
  if (c.kind === 'delete') {
    const deleted = isObject(side) && side.deleted === true
    return [{ label: '', text: deleted ? m.conflict_deleted() : m.conflict_kept() }]
  }
  const names = differing(c)
  return names.map((name) => {
    const text = measure(schema.field(c.collection, name), partOf(side, name)) || m.nothing()
    return { label: names.length > 1 ? fieldName(c.collection, name) : '', text }
  })
}

/** The value of one field of a side. */
export function partOf(side: Disputed, name: string): Value {
  return isObject(side) ? (side[name] ?? null) : side
}
