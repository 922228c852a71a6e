import { backend } from '$lib/api/backend'
import type { FieldType, Option, Row, Values } from '$lib/api/types'
import { editor } from '$lib/state/editor.svelte'
import { live } from '$lib/state/live.svelte'
import { preferences } from '$lib/state/preferences.svelte'
import { schema } from '$lib/state/schema.svelte'
import { Listing } from '$screens/office/list.svelte'

/** The kinds of record that networks may add fields to. */
export const extensible = ['organization', 'contact', 'site', 'census', 'interaction']

const firstNumber = 10_000
const lastNumber = 65_535

/** What a person says of a field to add. */
export interface NewOwnField {
  collection: string
  type: FieldType
  labels: { es: string; en: string; pt: string; fr: string }
  choices: string
  unit: string
  sensitive: boolean
  column: boolean
}

export const withChoices = (type: FieldType): boolean => type === 'choice' || type === 'choices'
export const withUnit = (type: FieldType): boolean => type === 'integer' || type === 'decimal'

/** One choice a line: "Nombre", or "Nombre = Name = Nome = Nom" in Spanish, English, Portuguese and French. */
export function optionsOf(text: string, before: Option[] = []): Option[] {
  const codes = new Map(before.map((o) => [o.label.es, o.code]))
  const taken = new Set(before.map((o) => o.code))
  return text
    .split('\n')
    .map((line) => line.split('=').map((part) => part.trim()))
    .filter(([es]) => es)
    .map(([es = '', en = '', pt = '', fr = '']) => {
      const code = codes.get(es) ?? unused(codeOf(es), taken)
      taken.add(code)
      return { code, label: { es, en, pt, fr } }
    })
}

export const optionText = (options: Option[]): string =>
  options
    .map(({ label: { es, en, pt, fr } }) => (en || pt || fr ? [es, en, pt, fr].join(' = ') : es))
    .join('\n')

function codeOf(label: string): string {
  const plain = label.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return (
    plain
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 30) || 'x'
  )
}

function unused(code: string, taken: Set<string>): string {
  let n = 2
  let out = code
  while (taken.has(out)) out = `${code}_${n++}`
  return out
}

/** A number that no field of the collection has, as far as is known here; the server refuses one that is taken. */
function freeNumber(collection: string): number {
  const taken = new Set(schema.collection(collection)?.fields.map((f) => f.number))
  const draw = () => firstNumber + Math.floor(Math.random() * (lastNumber - firstNumber))
  let n = draw()
  while (taken.has(n)) n = draw()
  return n
}

/** The fields that a network added for itself, retired ones last. */
export class OwnFields {
  #list: Listing<Row>

  constructor(readonly network: string) {
    this.#list = new Listing(async () => {
      const page = await backend.list('field_definition', { network: [network] }, { limit: 200 })
      return page.records.toSorted(inPlace)
    })
  }

  get rows(): Row[] {
    return this.#list.items
  }
  get fault() {
    return this.#list.fault
  }
  get loaded(): boolean {
    return this.#list.loaded
  }

  follow(): () => void {
    void this.#list.load()
    return live.follow(['field_definition', '*'], () => void this.#list.load())
  }

  async add(f: NewOwnField): Promise<void> {
    const values: Values = {
      collection: f.collection,
      number: freeNumber(f.collection),
      type: f.type,
      label_es: f.labels.es,
      label_en: f.labels.en,
      label_pt: f.labels.pt,
      label_fr: f.labels.fr,
      sensitive: f.sensitive,
      column: f.column,
      place: (this.rows.map(placeOf).sort((a, b) => b - a)[0] ?? 0) + 1,
    }
    if (withChoices(f.type)) values.options = JSON.stringify(optionsOf(f.choices))
    if (withUnit(f.type)) values.unit = f.unit
    await editor.create('field_definition', this.network, values)
    await this.#list.load()
  }

  async change(row: Row, values: Values): Promise<void> {
    await editor.update(row, values)
    await this.#list.load()
  }

  mayMove(row: Row, by: 1 | -1): boolean {
    return this.#beside(row, by) !== undefined
  }

  /** The field above a field, or below it, among those of its kind of record. */
  #beside(row: Row, by: 1 | -1): Row | undefined {
    const among = this.rows.filter((r) => r.fields.collection === row.fields.collection && !isRetired(r))
    return among[among.indexOf(row) + by]
  }

  /** Puts a field before the one above it, or behind the one below. */
  async move(row: Row, by: 1 | -1): Promise<void> {
    const other = this.#beside(row, by)
    if (!other) return
    const [a, b] = [placeOf(row), placeOf(other)]
    await editor.updateAll([
      { row, fields: { place: a === b ? b + by : b } },
      { row: other, fields: { place: a } },
    ])
    await this.#list.load()
  }
}

/** What a field is called in the person's language. */
export const nameOfField = (row: Row): string =>
  String(row.fields[`label_${preferences.locale}`] ?? row.fields.label_es ?? '')

export const placeOf = (row: Row): number => Number(row.fields.place ?? 0)
export const isRetired = (row: Row): boolean => row.fields.retired === true

export function choicesOfDefinition(row: Row): Option[] {
  try {
    return JSON.parse(String(row.fields.options ?? '[]')) as Option[]
  } catch {
    return []
  }
}

function inPlace(a: Row, b: Row): number {
  return (
    extensible.indexOf(String(a.fields.collection)) - extensible.indexOf(String(b.fields.collection)) ||
    Number(isRetired(a)) - Number(isRetired(b)) ||
    placeOf(a) - placeOf(b)
  )
}
