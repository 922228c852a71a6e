import type { Collection, ColumnMapping, Field, Mapping, ReadAs } from '$lib/api/types'
import type { Choice } from '$lib/fields/choices'
import { isSet } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { say, schema } from '$lib/state/schema.svelte'

/** Where a column may go: a field, a field of a record that belongs to the row's, a tag, a note, or nowhere. */
export function targets(): Choice[] {
  const kept = [
    { value: '=note', label: m.import_as_note() },
    { value: '=tag', label: m.import_as_tag() },
    { value: '=ignore', label: m.import_as_ignore() },
  ]
  const own = schema.fields('organization').map((f) => ({ value: f.name, label: say(f.label) }))
  const children = schema.children('organization').flatMap((c) =>
    c.fields
      .filter((f) => !f.system && f.name !== c.parent && f.name !== 'tags')
      .map((f) => ({
        value: `${c.name}.${f.name}`,
        label: `${say(f.label)} (${say(c.label).toLowerCase()})`,
      })),
  )
  return [...own, ...kept, ...children]
}

const nowhere: ReadAs[] = ['tag', 'note', 'ignore', 'calculated']

export const targetOf = (c: ColumnMapping): string => c.to || (nowhere.includes(c.as) ? `=${c.as}` : '')

/** Where columns go that only Acopio writes: which record a row is, and what was calculated of it. */
const issued = (): Choice[] => [
  { value: 'id', label: m.import_as_id() },
  { value: '=calculated', label: m.import_as_calculated() },
]

/** What a column of a file that Acopio wrote was suggested to be, where others cannot be that. */
export const issuedAs = (c: ColumnMapping): Choice[] => issued().filter((i) => i.value === targetOf(c))

/** What choosing a target means for how the column is read. */
export function aim(target: string, was: ColumnMapping): Pick<ColumnMapping, 'to' | 'as'> {
  if (target.startsWith('=')) return { to: '', as: target.slice(1) as ReadAs }
  const ways = waysFor(target).map((w) => w[0])
  return { to: target, as: ways.includes(was.as) ? was.as : (ways[0] ?? 'text') }
}

/** The ways in which a column can be read for a target. */
export function waysFor(target: string): [ReadAs, string][] {
  const field = fieldOf(target)
  if (field && isSet(field))
    return [
      ['array', m.import_read_array()],
      ['text', m.import_read_text()],
    ]
  if (/\.(lat|lon)$/.test(target))
    return [
      ['text', m.import_read_text()],
      ['wkt_point', m.import_read_wkt()],
    ]
  return [['text', m.import_read_text()]]
}

function fieldOf(target: string): Field | undefined {
  const [first = '', second] = target.split('.')
  return second ? schema.field(first, second) : schema.field('organization', first)
}

/**
 * The fields that a record made from a row's columns must have, that no column says and that are not known without
 * asking: of which year a census is, above all.
 */
export function unsaid(
  columns: ColumnMapping[],
  known: Mapping['defaults'],
): { key: string; field: Field; of: Collection }[] {
  const given = new Set(columns.map((c) => c.to))
  const made = (c: Collection) => [...given].some((to) => to.startsWith(`${c.name}.`))
  return schema
    .children('organization')
    .filter(made)
    .flatMap((of) =>
      of.fields
        .filter((f) => f.required && !f.system && f.name !== of.parent)
        // What kind of place it is may be another, and nobody needs to be asked.
        .filter((f) => !f.options?.some((o) => o.code === 'other'))
        .map((field) => ({ key: `${of.name}.${field.name}`, field, of })),
    )
    .filter(({ key }) => !given.has(key) && !(key in known))
}

/** A target in words. */
export function targetName(to: string): string {
  return [...targets(), ...issued()].find((t) => t.value === to)?.label ?? to
}
