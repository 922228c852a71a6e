import { backend } from '$lib/api/backend'
import type { Row } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'
import { editor } from '$lib/state/editor.svelte'
import { live } from '$lib/state/live.svelte'
import { notices } from '$lib/state/notices.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'
import { readFilters, type Filters } from './filters'
import { members } from './view.svelte'

/** What a saved view keeps: the JSON of a record's definition. */
interface Definition {
  q?: string
  filters?: Filters
  sort?: string
  columns?: string[]
  asOf?: string
}

const collection = 'saved_view'

/** The views of the list of organizations that this person kept, and those that others share. */
class SavedViews {
  #rows = $state.raw<Row[]>([])
  #shown = $state('')

  /** The view that was shown last, if what is seen is still what it says. */
  get current(): Row | undefined {
    const view = this.#rows.find((r) => r.id === this.#shown)
    return view && sameDefinition(definitionOf(view), this.#seen) ? view : undefined
  }
  /** The view that was shown last and changed since: it may be kept anew. */
  get changed(): Row | undefined {
    const view = this.#rows.find((r) => r.id === this.#shown)
    return view && view !== this.current && this.isMine(view) ? view : undefined
  }
  get all(): Row[] {
    const me = session.user?.email
    return this.#rows
      .filter((r) => r.fields.shared === true || r.fields.owner === me)
      .sort((a, b) => a.title.localeCompare(b.title))
  }
  isMine(view: Row): boolean {
    return view.fields.owner === session.user?.email
  }
  /** Views are records of a network. One that only its owner sees may be of any. */
  get #anywhere(): string {
    return scope.into || (session.networks[0]?.code ?? '')
  }

  follow(): () => void {
    void this.load()
    return live.follow([collection], () => void this.load())
  }

  async load(): Promise<void> {
    try {
      const page = await backend.list(
        collection,
        { network: scope.filter, where: ['collection=organization'] },
        { limit: 200 },
      )
      this.#rows = page.records
    } catch {
      // the list keeps what it had
    }
  }

  /** Keeps what is seen as a view: for its owner, or for a network. */
  async keep(name: string, sharedWith = ''): Promise<void> {
    const made = await editor.create(collection, sharedWith || this.#anywhere, {
      name,
      collection: 'organization',
      definition: JSON.stringify(this.#seen),
      shared: sharedWith !== '',
      owner: session.user?.email ?? '',
    })
    this.#shown = made.id
    await this.load()
  }

  /** Makes a view be what is seen now. */
  async keepAnew(view: Row): Promise<void> {
    await editor.update(view, { definition: JSON.stringify(this.#seen) })
    await this.load()
  }

  async share(view: Row, shared: boolean): Promise<void> {
    await editor.update(view, { shared })
    await this.load()
  }

  get #seen(): Definition {
    return {
      q: members.q,
      filters: members.filters,
      sort: members.sort,
      columns: members.columns.shown.map((c) => c.name),
      ...(members.asOf ? { asOf: members.asOf } : {}),
    }
  }

  async remove(view: Row): Promise<void> {
    await editor.remove(view)
    await this.load()
  }

  show(view: Row): void {
    const { q, filters, sort, columns, asOf } = definitionOf(view)
    this.#shown = view.id
    members.reset()
    members.search(q ?? '')
    for (const [field, filter] of Object.entries(readFilters(filters, members.field)))
      members.filter(field, filter)
    members.lookAt(asOf ?? '')
    members.sortBy(sort ?? '')
    if (columns?.length) members.columns.use(columns)
    const gone = (columns ?? []).filter((name) => !offered(name))
    if (gone.length > 0)
      notices.say(m.view_without({ view: view.title, fields: gone.map(members.label).join(', ') }))
  }
}

/** The definition of a view; an empty one where it cannot be read, as from a newer version. */
export function definitionOf(view: Row): Definition {
  try {
    const parsed: unknown = JSON.parse(String(view.fields.definition))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Definition) : {}
  } catch {
    return {}
  }
}

/** Whether the list has a column: a field may be retired since a view was kept, or not be for everybody. */
const offered = (name: string) => members.columns.all.some((c) => c.name === name)

/** Whether a view, as far as it can be shown, is what is seen. */
function sameDefinition(view: Definition, seen: Definition): boolean {
  const text = (d: Definition) =>
    JSON.stringify([d.q ?? '', d.filters ?? {}, d.sort, d.columns, d.asOf ?? ''])
  const columns = view.columns?.filter(offered)
  return text({ ...view, columns, filters: readFilters(view.filters, members.field) }) === text(seen)
}

export const savedViews = new SavedViews()
