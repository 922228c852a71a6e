import type { Query, Row } from '$lib/api/types'
import { heading, show } from '$lib/format/value'
import { columnOf, Columns, type Column } from '$lib/grid/columns.svelte'
import { Cursor } from '$lib/grid/cursor.svelte'
import { RowWindow } from '$lib/grid/rows.svelte'
import { m } from '$lib/paraglide/messages'
import { schema } from '$lib/state/schema.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'

/** Records of one collection that an address selects, beside the organizations they belong to. */
export class RecordList {
  #address = $state.raw(new URLSearchParams())
  #sort = $state('')
  readonly rows: RowWindow
  readonly cursor = new Cursor()
  readonly columns: Columns

  constructor(readonly collection: string) {
    this.rows = new RowWindow(collection)
    this.columns = new Columns(
      collection,
      () => this.#available,
      () => this.#available.map((c) => c.name),
    )
  }

  get sort(): string {
    return this.#sort
  }
  /** What the address selects by. */
  get where(): string[] {
    return this.#address.getAll('where')
  }
  get network(): string {
    return this.#address.get('network') ?? ''
  }
  get query(): Query {
    // What belongs to an organization that is no longer there belongs in no list.
    const living = this.#parent ? [`${this.#parent}.id!=${nobody}`] : []
    return {
      network: this.network ? [this.network] : scope.filter,
      where: [...this.where, ...living],
      ...(this.#sort ? { sort: this.#sort } : {}),
    }
  }

  open(address: URLSearchParams): void {
    this.#address = address
    this.#sort = address.get('sort') ?? ''
  }
  sortBy(sort: string): void {
    this.#sort = sort
  }

  cell = (row: Row, name: string): string =>
    name === 'network'
      ? scope.nameOf(row.network)
      : show(schema.shown(this.collection, name), row.derived?.[name] ?? row.fields[name])

  mayEdit = (_row: Row, name: string): boolean => {
    const c = schema.collection(this.collection)
    const field = schema.field(this.collection, name)
    return !!field && !c?.append_only && field.rule !== 'fixed' && session.mayWrite(this.collection)
  }

  get #parent(): string {
    return schema.collection(this.collection)?.parent ?? ''
  }

  get #available(): Column[] {
    const fields = schema.fields(this.collection).filter((f) => f.type !== 'json' && f.name !== 'tags')
    const owner = fields.filter((f) => f.name === this.#parent)
    const others = fields.filter((f) => f.name !== this.#parent)
    const derived = schema.collection(this.collection)?.derived ?? []
    return [
      ...owner.map((f) => ({ ...columnOf(f, heading(f), true), sortable: false })),
      ...[...others, ...derived].map((f) => columnOf(f, heading(f), false)),
      ...(session.networks.length > 1
        ? [{ name: 'network', label: m.column_network(), width: 190, numeric: false, sortable: false }]
        : []),
    ]
  }
}

/** The id that no record has. */
const nobody = '00000000-0000-0000-0000-000000000000'
