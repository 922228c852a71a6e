import { backend } from '$lib/api/backend'
import type { Conflict, PendingEdit, Proposal, Row } from '$lib/api/types'
import { live } from './live.svelte'
import { refusals } from './refusals.svelte'
import { session } from './session.svelte'
import { syncing } from './syncing.svelte'

/** So many edits are not read again for each one that is sent. */
const many = 300
const longWaitMs = 8_000

/** What waits for a person: open conflicts and rejected edits, kept current for the menu and for records' marks. */
class Tasks {
  #conflicts = $state.raw<Conflict[]>([])
  #pending = $state.raw<PendingEdit[]>([])
  #waiting = $state(0)
  #rejected = $state(0)
  #proposals = $state.raw<Proposal[]>([])
  /** All edits of the records in view, by id, where not all edits there are were listed. */
  #own = $state.raw(new Map<string, PendingEdit[]>())
  #viewed = new Map<string, string>() // their collections
  #loaded = $state(false)
  #timer: ReturnType<typeof setTimeout> | undefined

  get loaded(): boolean {
    return this.#loaded
  }
  get open(): Conflict[] {
    return this.#conflicts
  }
  /** The oldest of the edits that the server has not accepted. */
  get pending(): PendingEdit[] {
    return this.#pending
  }
  /** How many of them wait, listed or not. */
  get waiting(): number {
    return this.#waiting
  }
  get conflicts(): number {
    return this.#conflicts.length
  }
  /** Those of edits that laptops handed in, for the office to decide; a group is one. */
  get proposals(): number {
    return new Set(this.#proposals.map((p) => p.group || p.id)).size
  }
  /** Edits that the server refused: this computer's, or those that were made at the console. */
  get refused(): PendingEdit[] {
    return session.isWindow ? this.#pending.filter((p) => p.status === 'rejected') : refusals.edits
  }
  get rejected(): number {
    return session.isWindow ? this.#rejected : this.refused.length
  }

  start(): () => void {
    refusals.restore()
    void this.load()
    return live.follow(['conflict', 'proposal', 'pending', '*'], () => this.#soon())
  }

  /** Reads again; a long list of edits, such as an import's, only every so often. */
  #soon(): void {
    const waitMs = (syncing.status?.pending ?? 0) > many ? longWaitMs : 0
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.load()
    }, waitMs)
  }

  async load(): Promise<void> {
    try {
      const [conflicts, pending, proposals] = await Promise.all([
        backend.conflicts('open'),
        session.isWindow ? backend.pending() : { edits: [], waiting: 0, rejected: 0 },
        session.may('office') ? backend.proposals('open') : { proposals: [] },
      ])
      this.#conflicts = conflicts.conflicts
      this.#pending = pending.edits
      this.#waiting = pending.waiting
      this.#rejected = pending.rejected
      this.#proposals = proposals.proposals
      this.#loaded = true
      if (this.#all) this.#viewed.clear()
      await Promise.all([...this.#viewed].map(([id, collection]) => this.#view(id, collection)))
    } catch {
      // What was known stands until the next event.
    }
  }

  /** Whether all edits there are were listed. */
  get #all(): boolean {
    return this.#pending.length >= this.#waiting + this.#rejected
  }

  #of(id: string, collection: string): PendingEdit[] {
    if (this.#all) return this.#pending.filter((p) => p.id === id)
    if (!this.#viewed.has(id)) {
      this.#viewed.set(id, collection)
      void this.#view(id, collection).catch(() => this.#viewed.delete(id))
    }
    return this.#own.get(id) ?? []
  }

  async #view(record: string, collection: string): Promise<void> {
    const { edits } = await backend.pending({ record, collection })
    this.#own = new Map(this.#own).set(record, edits)
  }

  /** The marks of one record: what waits for each of its fields. */
  marks({ id, collection }: Row): Map<string, Mark> {
    const marks = new Map<string, Mark>()
    for (const p of this.#of(id, collection)) {
      for (const field of Object.keys(p.changes))
        marks.set(field, { state: p.status === 'rejected' ? 'rejected' : 'pending', edit: p })
    }
    for (const c of this.#conflicts)
      if (c.record === id) marks.set(c.field, { state: 'conflict', conflict: c })
    return marks
  }
}

export interface Mark {
  state: 'pending' | 'rejected' | 'conflict'
  edit?: PendingEdit
  conflict?: Conflict
}

export const tasks = new Tasks()
