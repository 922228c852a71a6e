import type { Field } from '$lib/api/types'
import { isNumber } from '$lib/format/value'
import { keep, recall } from '$lib/state/storage'

/** A column: a field of the schema, or something about the record itself. */
export interface Column {
  name: string
  label: string
  field?: Field
  width: number
  numeric: boolean
  sortable: boolean
  /** A person has said how wide it is. */
  sized?: boolean
}

interface Kept {
  shown: string[]
  widths: Record<string, number>
}

const widths: Partial<Record<Field['type'], number>> = {
  text: 150,
  flo_id: 92,
  integer: 100,
  decimal: 110,
  date: 120,
  boolean: 90,
  country: 110,
  choice: 165,
  choices: 200,
  long_text: 260,
}
const leastWidth = 64
const mostWidth = 640

/** The column of a field as it starts out. */
export function columnOf(field: Field, label: string, isTitle: boolean): Column {
  return {
    name: field.name,
    label,
    field,
    width: isTitle ? 380 : (widths[field.type] ?? 170),
    numeric: isNumber(field),
    sortable: field.type !== 'json',
  }
}

/** How wide the first column may become or be made so that the others end where the view ends. */
const leastFirst = 280
const mostFirst = 460

/**
 * The columns as they are shown in a view so wide: the first one, unless a person has said how wide it is, takes what
 * lets the last column in view be whole. On a phone it leaves room for the others.
 */
export function fitted(columns: Column[], room: number, margin: number): Column[] {
  const [first, ...rest] = columns
  if (!first || room <= 0) return columns
  const as = (width: number) => [{ ...first, width }, ...rest]
  if (room < 640) return as(Math.min(first.width, room * 0.5))
  if (first.sized) return columns
  let left = room - margin
  let best = Infinity
  for (const c of rest) {
    left -= c.width
    const closer = Math.abs(left - first.width) < Math.abs(best - first.width)
    if (left >= leastFirst && left <= mostFirst && closer) best = left
  }
  return best === Infinity ? columns : as(best)
}

/**
 * From which to before which of the columns can be seen, if only in part, in a view so wide that was scrolled so far,
 * with another one that has to be among them. The first one stays put and is not.
 */
export function within(
  columns: Column[],
  room: number,
  margin: number,
  across = 0,
  another = 0,
): { from: number; to: number } {
  const pinned = margin + (columns[0]?.width ?? 0)
  let right = pinned
  let from = 1
  let to = 1
  for (const c of columns.slice(1)) {
    const left = right
    right += c.width
    if (right <= pinned + across) from++
    if (left < room + across) to++
  }
  return another > 0
    ? { from: Math.min(from, another), to: Math.max(from, to, another + 1) }
    : { from, to: Math.max(from, to) }
}

/** Which columns a grid shows, in what order and how wide; kept on this computer. The first one is always there. */
export class Columns {
  #kept = $state<Kept>({ shown: [], widths: {} })
  #also = $state.raw<string[]>([])

  constructor(
    private key: string,
    private available: () => Column[],
    private usual: () => string[],
  ) {
    this.#kept = recall(`columns.${key}`, { shown: [], widths: {} })
  }

  get all(): Column[] {
    return this.available().map((c) => {
      const width = this.#kept.widths[c.name]
      return width === undefined ? c : { ...c, width, sized: true }
    })
  }

  get shown(): Column[] {
    const byName = new Map(this.all.map((c) => [c.name, c]))
    return this.#names.flatMap((n) => byName.get(n) ?? [])
  }

  get #names(): string[] {
    const first = this.available()[0]?.name ?? ''
    const names = this.#kept.shown.length > 0 ? this.#kept.shown : this.usual()
    return [...new Set([first, ...names, ...this.#also])]
  }
  /** Shows these besides, after the others, until something else is asked for; it is not kept. */
  also(names: string[]): void {
    this.#also = names
  }

  isShown(name: string): boolean {
    return this.#names.includes(name)
  }
  toggle(name: string): void {
    const names = this.#names
    this.use(names.includes(name) ? names.filter((n) => n !== name) : [...names, name])
  }
  /** Moves a column so many places to the right; the first column stays first. */
  shift(name: string, places: number): void {
    const names = this.#names.filter((n) => n !== name)
    const at = this.#names.indexOf(name) + places
    names.splice(Math.max(1, Math.min(names.length, at)), 0, name)
    this.use(names)
  }
  resize(name: string, width: number): void {
    const fitting = Math.round(Math.max(leastWidth, Math.min(mostWidth, width)))
    this.#kept = { ...this.#kept, widths: { ...this.#kept.widths, [name]: fitting } }
    this.#keep()
  }
  /** Shows exactly these, in this order; none for the usual ones. */
  use(names: string[]): void {
    this.#also = []
    this.#kept = { ...this.#kept, shown: names }
    this.#keep()
  }
  reset(): void {
    this.#also = []
    this.#kept = { shown: [], widths: {} }
    this.#keep()
  }

  #keep(): void {
    keep(`columns.${this.key}`, $state.snapshot(this.#kept))
  }
}
