import { fieldName, say, schema } from '$lib/state/schema.svelte'
import { describe, filterOf, join, type Filters } from '$screens/members/filters'

/** A field of a record, or with a dot one of the record that it refers to. */
function shown(collection: string, name: string) {
  const [via = '', rest] = name.split('.')
  if (rest === undefined) return schema.shown(collection, name)
  return schema.shown(schema.field(collection, via)?.target ?? '', rest)
}

/** The conditions of an address as people read them: "Estado: Certificada". */
export function inWords(collection: string, where: string[]): string[] {
  const field = (name: string) => shown(collection, name)
  const filters: Filters = {}
  const strange: string[] = []
  for (const condition of where) {
    const found = filterOf(condition, field)
    if (found) filters[found[0]] = join(filters[found[0]], found[1])
    else strange.push(condition)
  }
  const told = Object.entries(filters).map(([name, filter]) => {
    const f = field(name)
    return `${say(f?.label) || fieldName(collection, name)}: ${describe(filter, f)}`
  })
  return [...told, ...strange]
}
