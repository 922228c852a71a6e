import type { Field } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'
import { schema } from '$lib/state/schema.svelte'

/** The profile's fields as people think of them. Fields that a section does not name end up in the last one. */
const sections: [() => string, string[]][] = [
  [
    m.section_identity,
    [
      'name',
      'acronym',
      'flo_id',
      'type',
      'status',
      'grade',
      'founded',
      'legal_form',
      'tax_id',
      'aliases',
      'parent',
    ],
  ],
  [m.section_place, ['country', 'admin1', 'admin2', 'locality', 'address']],
  [m.section_reach, ['phones', 'emails', 'website']],
  [m.section_work, ['products', 'languages']],
  [m.section_more, ['tags', 'notes']],
]

export interface Section {
  title: string
  fields: Field[]
}

export function profileSections(network: string): Section[] {
  const fields = schema.fields('organization', network)
  const own = fields.filter((f) => f.network)
  const named = new Set(sections.flatMap(([, names]) => names))
  const rest = fields.filter((f) => !named.has(f.name) && !f.network)
  const declared = sections.map(([title, names], i) => ({
    title: title(),
    fields: [
      ...names.flatMap((n) => fields.find((f) => f.name === n) ?? []),
      ...(i === sections.length - 1 ? rest : []),
    ],
  }))
  return own.length > 0 ? [...declared, { title: m.section_own(), fields: own }] : declared
}

/** Whether a field wants the whole width. */
export const isWide = (field: Field): boolean =>
  ['long_text', 'texts', 'phones', 'emails', 'reference'].includes(field.type) ||
  ['name', 'address'].includes(field.name)
