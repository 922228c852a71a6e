import { backend } from '$lib/api/backend'
import type { Row } from '$lib/api/types'
import { editor } from '$lib/state/editor.svelte'
import { live } from '$lib/state/live.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'
import { members, type Filters } from './view.svelte'

/** What a saved view keeps: the JSON of a record's definition. */
interface Definition {
  q?: string
  filters?: Filters
  sort?: string
  columns?: string[]
}

const collection = 'saved_view'

/** The views of the list of organizations that this person kept, and those that others share. */
class SavedViews {
  #rows = $state.raw<Row[]>([])

  get all(): Row[] {
    const me = session.user?.email
    return this.#rows
      .filter((r) => r.fields.shared === true || r.fields.owner === me)
      .sort((a, b) => a.title.localeCompare(b.title))
  }
  isMine(view: Row): boolean {
    return view.fields.owner === session.user?.email
  }
  /** Views are records of a network: of the one that is looked at, else of the person's first. */
  get home(): string {
    return scope.code || (session.networks[0]?.code ?? '')
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

  async keep(name: string, shared: boolean): Promise<void> {
    const definition: Definition = {
      q: members.q,
      filters: members.filters,
      sort: members.sort,
      columns: members.columns.shown.map((c) => c.name),
    }
    await editor.create(collection, this.home, {
      name,
      collection: 'organization',
      definition: JSON.stringify(definition),
      shared,
      owner: session.user?.email ?? '',
    })
    await this.load()
  }

  async remove(view: Row): Promise<void> {
    await editor.remove(view)
    await this.load()
  }

  show(view: Row): void {
    const { q, filters, sort, columns } = definitionOf(view)
    members.reset()
    members.search(q ?? '')
    for (const [field, values] of Object.entries(filters ?? {})) members.filter(field, values)
    if (sort) members.sortBy(sort)
    if (columns?.length) members.columns.use(columns)
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

export const savedViews = new SavedViews()
