import { SvelteSet } from 'svelte/reactivity'
import type { Field, Query, Row } from '$lib/api/types'
import { ago } from '$lib/format/time'
import { show } from '$lib/format/value'
import { columnOf, Columns, type Column } from '$lib/grid/columns.svelte'
import { Cursor } from '$lib/grid/cursor.svelte'
import { RowWindow } from '$lib/grid/rows.svelte'
import { m } from '$lib/paraglide/messages'
import { say, schema } from '$lib/state/schema.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'

const collection = 'organization'

/** The fields people filter by, in the order of the bar. */
export const filterFields = ['country', 'admin1', 'type', 'products', 'status', 'grade', 'tags', 'state']

/** Stands among the states of records for those that were deleted. */
export const deletedState = 'deleted'

export type Filters = Record<string, string[]>

/** What the list of organizations shows: it outlives the screen, so that coming back finds everything as it was. */
class MembersView {
  #q = $state('')
  #filters = $state.raw<Filters>({})
  #conditions = $state.raw<string[]>([])
  #sort = $state('name')
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
  /** Conditions that came with a link, such as a figure's. */
  get conditions(): string[] {
    return this.#conditions
  }
  get sort(): string {
    return this.#sort
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

  search(q: string): void {
    this.#q = q
  }
  sortBy(sort: string): void {
    this.#sort = sort
  }
  /** Keeps to the values given, none for all. */
  filter(field: string, values: string[]): void {
    const rest = Object.fromEntries(Object.entries(this.#filters).filter(([name]) => name !== field))
    this.#filters = values.length > 0 ? { ...rest, [field]: values } : rest
  }
  reset(conditions: string[] = []): void {
    this.#q = ''
    this.#filters = {}
    this.#conditions = conditions
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
        return show(schema.field(collection, name), row.fields[name])
    }
  }

  mayEdit = (_row: Row, name: string): boolean => {
    const field = schema.field(collection, name)
    return field !== undefined && field.rule !== 'fixed' && session.mayWrite(collection)
  }

  #queryWithout(field: string): Query {
    const filters = Object.entries(this.#filters).filter(([name]) => name !== field)
    const deleted = filters.some(([name, values]) => name === 'state' && values.includes(deletedState))
    const where = filters
      .flatMap(([name, values]) => values.map((v) => `${name}=${v}`))
      .filter((w) => w !== `state=${deletedState}`)
    return {
      ...(deleted ? { deleted } : {}),
      network: scope.filter,
      q: this.#q.trim(),
      where: [...where, ...this.#conditions],
      sort: this.#sort,
    }
  }

  get #available(): Column[] {
    const title = schema.collection(collection)?.title
    const fields = schema.fields(collection).filter((f) => f.type !== 'json')
    const sorted = [...fields].sort((a, b) => Number(b.name === title) - Number(a.name === title))
    return [
      ...sorted.map((f) => columnOf(f, say(f.label), f.name === title)),
      ...(session.networks.length > 1 ? [about('network', m.column_network(), 190)] : []),
      about('updated_at', m.column_updated_at(), 140, true),
      about('updated_by', m.column_updated_by(), 150),
    ]
  }

  get #usual(): string[] {
    const grid = schema.fields(collection).filter((f: Field) => f.grid)
    const network = session.networks.length > 1 && !scope.network ? ['network'] : []
    return [...grid.map((f) => f.name), ...network, 'updated_at']
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
