import { SvelteSet } from 'svelte/reactivity'
import type { Field, Query, Row } from '$lib/api/types'
import { ago, today } from '$lib/format/time'
import { heading, show } from '$lib/format/value'
import { columnOf, Columns, type Column } from '$lib/grid/columns.svelte'
import { Cursor } from '$lib/grid/cursor.svelte'
import { RowWindow } from '$lib/grid/rows.svelte'
import { m } from '$lib/paraglide/messages'
import { say, schema } from '$lib/state/schema.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'
import { conditions, filterOf, isNothing, join, type Filter, type Filters } from './filters'

const collection = 'organization'
const usualSort = 'name'

/** The fields people filter by most, in the order of the bar. */
export const filterFields = ['country', 'admin1', 'products', 'member_network', 'status', 'tags', 'state']

/** Stands among the states of records for those that were deleted. */
export const deletedState = 'deleted'

/** What the list of organizations shows: it outlives the screen, so that coming back finds everything as it was. */
class MembersView {
  #q = $state('')
  #filters = $state.raw<Filters>({})
  #conditions = $state.raw<string[]>([])
  #sort = $state('')
  #asOf = $state('')
  readonly rows = new RowWindow(collection)
  readonly cursor = new Cursor()
  readonly selected = new SvelteSet<string>()
  readonly columns = new Columns(
    collection,
    () => this.#available,
    () => this.#usual,
  )

  get q(): string {
    return this.#q
  }
  get filters(): Filters {
    return this.#filters
  }
  /** Conditions of a link that no filter of the bar can say. */
  get conditions(): string[] {
    return this.#conditions
  }
  /** What the list is sorted by; empty while a search puts first what fits best. */
  get sort(): string {
    return this.#sort || (this.#q.trim() ? '' : usualSort)
  }
  /** The day that the register is looked at as of; empty for today. */
  get asOf(): string {
    return this.#asOf
  }
  get narrowed(): boolean {
    return this.#q !== '' || this.#conditions.length > 0 || Object.keys(this.#filters).length > 0
  }

  get query(): Query {
    return this.#queryWithout('')
  }
  /** The query without a field's own filter, for counting what else the field could be. */
  queryFor(field: string): Query {
    return this.#queryWithout(field)
  }

  /** Asks for the first rows before somebody looks. */
  readAhead(): void {
    if (!this.rows.asked) void this.rows.ask(this.query)
  }

  search(q: string): void {
    this.#q = q
  }
  sortBy(sort: string): void {
    this.#sort = sort === usualSort && !this.#q.trim() ? '' : sort
  }
  lookAt(day: string): void {
    this.#asOf = day >= today() ? '' : day
    this.selected.clear()
  }
  /** Narrows a field; a filter that says nothing takes its own away. */
  filter(field: string, filter: Filter): void {
    const rest = Object.fromEntries(Object.entries(this.#filters).filter(([name]) => name !== field))
    this.#filters = isNothing(filter) ? rest : { ...rest, [field]: filter }
  }
  /** Shows everything, or what a link asks for. */
  reset(asked: string[] = []): void {
    this.#q = ''
    this.#filters = {}
    this.#conditions = []
    for (const condition of asked) {
      const found = filterOf(condition, this.field)
      if (found) this.filter(found[0], join(this.#filters[found[0]], found[1]))
      else this.#conditions = [...this.#conditions, condition]
    }
  }

  /** Shows what an address asks for; one that asks for nothing leaves the list as it was. */
  open(address: URLSearchParams): void {
    const where = address.getAll('where')
    const sort = address.get('sort') ?? ''
    if (where.length === 0 && !sort && !address.has('all')) return
    this.reset(where)
    this.lookAt(address.get('as_of') ?? '')
    if (sort) this.sortBy(sort)
    // What the list is about is seen, though it may not be among the usual columns.
    this.columns.also([...Object.keys(this.#filters), sort.replace(/^-/, '')].filter(Boolean))
  }

  /** A field that the list can show or filter by. */
  field = (name: string): Field | undefined => schema.shown(collection, name)

  label = (name: string): string => {
    if (name === 'state') return m.filter_state()
    if (name === 'network') return m.column_network()
    if (name === 'updated_at') return m.column_updated_at()
    return say(this.field(name)?.label) || name
  }

  /** The text of a cell, as it is shown and copied. */
  cell = (row: Row, name: string): string => {
    switch (name) {
      case 'network':
        return scope.nameOf(row.network)
      case 'updated_at':
        return row.updated_at ? ago(row.updated_at) : ''
      case 'updated_by':
        return row.updated_by
      default:
        return show(this.field(name), row.derived?.[name] ?? row.fields[name])
    }
  }

  mayEdit = (_row: Row, name: string): boolean => {
    const field = schema.field(collection, name)
    return field !== undefined && field.rule !== 'fixed' && !this.#asOf && session.mayWrite(collection)
  }

  /** Everything that can be filtered by, with its name. */
  get filterable(): { name: string; label: string }[] {
    const names = [
      ...schema.fields(collection).filter((f) => f.type !== 'json' && f.type !== 'reference'),
      ...(schema.collection(collection)?.derived ?? []),
    ].map((f) => f.name)
    const network = session.networks.length > 1 ? ['network'] : []
    return [...names, ...network, 'updated_at', 'state'].map((name) => ({ name, label: this.label(name) }))
  }

  #queryWithout(field: string): Query {
    const filters = Object.entries(this.#filters).filter(([name]) => name !== field)
    const deleted = filters.some(([name, f]) => name === 'state' && f.any?.includes(deletedState))
    const where = filters
      .flatMap(([name, f]) => conditions(name, f))
      .filter((w) => !w.startsWith('state') || !w.endsWith(`=${deletedState}`))
    return {
      ...(deleted ? { deleted } : {}),
      ...(this.#asOf ? { asOf: this.#asOf } : {}),
      network: scope.filter,
      q: this.#q.trim(),
      where: [...where, ...this.#conditions],
      ...(this.sort ? { sort: this.sort } : {}),
    }
  }

  get #available(): Column[] {
    const title = schema.collection(collection)?.title
    const fields = schema.fields(collection).filter((f) => f.type !== 'json')
    const sorted = [...fields].sort((a, b) => Number(b.name === title) - Number(a.name === title))
    return [
      ...sorted.map((f) => columnOf(f, heading(f), f.name === title)),
      ...(schema.collection(collection)?.derived ?? []).map((f) => columnOf(f, heading(f), false)),
      ...(session.networks.length > 1 ? [about('network', m.column_network(), 190)] : []),
      about('updated_at', m.column_updated_at(), 140, true),
      about('updated_by', m.column_updated_by(), 150),
    ]
  }

  get #usual(): string[] {
    const grid = schema.fields(collection).filter((f: Field) => f.grid)
    const network = session.networks.length > 1 && !scope.network ? ['network'] : []
    const names = grid.map((f) => f.name)
    names.splice(names.indexOf('flo_id') + 1, 0, 'member_network') // next to what tells organizations apart
    return [...names, ...network, 'members_total', 'certified_until', 'updated_at']
  }
}

const about = (name: string, label: string, width: number, sortable = false): Column => ({
  name,
  label,
  width,
  numeric: false,
  sortable,
})

export const members = new MembersView()
