import { backend } from '$lib/api/backend'
import { isAbort } from '$lib/api/fault'
import type { Conflict, PendingEdit, Proposal } from '$lib/api/types'
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
  #proposals = $state.raw<Proposal[]>([])
  #loaded = $state(false)
  #timer: ReturnType<typeof setTimeout> | undefined

  get loaded(): boolean {
    return this.#loaded
  }
  get open(): Conflict[] {
    return this.#conflicts
  }
  get pending(): PendingEdit[] {
    return this.#pending
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
    return this.refused.length
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
        session.isWindow ? backend.pending() : { edits: [] },
        session.may('office') ? backend.proposals('open') : { proposals: [] },
      ])
      this.#conflicts = conflicts.conflicts
      this.#pending = pending.edits
      this.#proposals = proposals.proposals
      this.#loaded = true
    } catch (thrown) {
      if (!isAbort(thrown)) return // what was known stands until the next event
    }
  }

  /** The marks of one record: what waits for each of its fields. */
  marks(id: string): Map<string, Mark> {
    const marks = new Map<string, Mark>()
    for (const p of this.#pending) {
      if (p.id !== id) continue
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
