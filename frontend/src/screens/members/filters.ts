import type { Field } from '$lib/api/types'
import { isNumber, isSet, optionName, show } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'

/** What one field is narrowed to. */
export interface Filter {
  /** One of these. */
  any?: string[]
  /** All of these: for sets. */
  all?: string[]
  /** Text anywhere in the value. */
  contains?: string
  from?: string
  to?: string
  /** True: only those without a value; false: only those with one. */
  empty?: boolean
}

export type Filters = Record<string, Filter>
export type Kind = 'choice' | 'set' | 'text' | 'number' | 'date' | 'state'

/** How a field is filtered. */
export function kindOf(field: Field | undefined, name: string): Kind {
  if (name === 'state') return 'state'
  if (name === 'network') return 'choice'
  if (name === 'updated_at' || field?.type === 'date' || field?.type === 'instant') return 'date'
  if (!field) return 'text'
  if (isSet(field)) return 'set'
  if (isNumber(field)) return 'number'
  return field.type === 'choice' || field.type === 'country' || field.type === 'boolean' ? 'choice' : 'text'
}

export const isNothing = (f: Filter): boolean =>
  !f.any?.length && !f.all?.length && !f.contains && !f.from && !f.to && f.empty === undefined

/** A filter as the register's conditions. */
export function conditions(name: string, f: Filter): string[] {
  const any = f.any ?? []
  return [
    ...(any.length === 1 ? [`${name}=${any[0] ?? ''}`] : any.map((v) => `${name}|=${v}`)),
    ...(f.all ?? []).map((v) => `${name}=${v}`),
    ...(f.contains ? [`${name}~${f.contains}`] : []),
    ...(f.from ? [`${name}>=${f.from}`] : []),
    ...(f.to ? [`${name}<=${f.to}`] : []),
    ...(f.empty === undefined ? [] : [f.empty ? `${name}=` : `${name}!=`]),
  ]
}

/** A filter in words, for its chip. */
export function describe(f: Filter, field: Field | undefined, nameOf = namesIn(field)): string {
  const value = (v: string) => (field ? show(field, isNumber(field) ? Number(v) : v) : v)
  const range =
    f.from && f.to
      ? `${value(f.from)} – ${value(f.to)}`
      : f.from
        ? `≥ ${value(f.from)}`
        : f.to
          ? `≤ ${value(f.to)}`
          : ''
  return [
    (f.any ?? []).map(nameOf).join(` ${m.filter_or()} `),
    (f.all ?? []).map(nameOf).join(' + '),
    f.contains ? `«${f.contains}»` : '',
    range,
    f.empty === undefined ? '' : f.empty ? m.filter_empty() : m.filter_filled(),
  ]
    .filter(Boolean)
    .join(', ')
}

const namesIn = (field: Field | undefined) => (v: string) =>
  v === '' ? m.filter_empty() : field ? optionName(field, v) : v

/** A condition of a link, as the filter it stands for; undefined where none of them says it. */
export function filterOf(
  condition: string,
  field: (name: string) => Field | undefined,
): [string, Filter] | undefined {
  const found = /^([\w.]+)(>=|<=|!=|\|=|=|~)(.*)$/s.exec(condition)
  if (!found) return undefined
  const [, name = '', op, value = ''] = found
  if (value === '') return op === '=' || op === '!=' ? [name, { empty: op === '=' }] : undefined
  const set = kindOf(field(name), name) === 'set'
  switch (op) {
    case '=':
      return [name, set ? { all: [value] } : { any: [value] }]
    case '|=':
      return [name, { any: [value] }]
    case '>=':
      return [name, { from: value }]
    case '<=':
      return [name, { to: value }]
    case '~':
      return [name, { contains: value }]
    default:
      return undefined
  }
}

/** Two filters of one field together. */
export const join = (a: Filter | undefined, b: Filter): Filter => ({
  ...a,
  ...b,
  ...(a?.any || b.any ? { any: [...(a?.any ?? []), ...(b.any ?? [])] } : {}),
  ...(a?.all || b.all ? { all: [...(a?.all ?? []), ...(b.all ?? [])] } : {}),
})

/** Filters as a saved view keeps them; the oldest views kept lists of values. */
export function readFilters(kept: unknown, field: (name: string) => Field | undefined): Filters {
  if (typeof kept !== 'object' || kept === null) return {}
  return Object.fromEntries(
    Object.entries(kept as Record<string, unknown>).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? kindOf(field(name), name) === 'set'
          ? { all: value.map(String) }
          : { any: value.map(String) }
        : (value as Filter),
    ]),
  )
}
