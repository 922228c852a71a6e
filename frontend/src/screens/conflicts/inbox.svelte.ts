import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { Conflict, Disputed, Keep } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'
import { live } from '$lib/state/live.svelte'
import { notices } from '$lib/state/notices.svelte'
import { scope } from '$lib/state/scope.svelte'

/** The conflicts to decide, or those decided, and which of them is looked at. */
export class Inbox {
  #all = $state.raw<Conflict[]>([])
  #status = $state<Conflict['status']>('open')
  #id = $state('')
  #fault = $state.raw<Fault>()
  #loaded = $state(false)

  get all(): Conflict[] {
    return this.#all
  }
  get status(): Conflict['status'] {
    return this.#status
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get loaded(): boolean {
    return this.#loaded
  }
  /** The conflict that is looked at; the first one, unless another was chosen. */
  get current(): Conflict | undefined {
    return this.#all.find((c) => c.id === this.#id) ?? this.#all[0]
  }
  get index(): number {
    return this.current ? this.#all.indexOf(this.current) : -1
  }

  look(id: string): void {
    this.#id = id
  }
  step(by: number): void {
    const next = this.#all[Math.max(0, Math.min(this.#all.length - 1, this.index + by))]
    if (next) this.#id = next.id
  }
  show(status: Conflict['status']): void {
    this.#status = status
    void this.load()
  }

  async load(): Promise<void> {
    try {
      const { conflicts } = await backend.conflicts(this.#status, scope.code)
      this.#all = conflicts
      this.#fault = undefined
    } catch (thrown) {
      this.#fault = faultOf(thrown)
    } finally {
      this.#loaded = true
    }
  }

  follow(): () => void {
    return live.follow(['conflict'], () => void this.load())
  }

  /** Decides one, or several alike with the same decision. The next one is looked at then. */
  async decide(keep: Keep, conflicts: Conflict[], value?: Disputed): Promise<void> {
    const after = this.#all.slice(this.index + 1).find((c) => !conflicts.includes(c))
    const done: Conflict[] = []
    try {
      for (const c of conflicts) {
        await backend.resolve(c.id, keep, value)
        done.push(c)
      }
      if (after) this.#id = after.id
    } catch (thrown) {
      notices.say(faultOf(thrown).message, 'bad')
    }
    if (done.length > 0) {
      const undo =
        keep === 'reopen' ? undefined : { label: m.undo(), run: () => void this.decide('reopen', done) }
      const text = keep === 'reopen' ? m.conflict_reopened : m.conflict_decided
      notices.say(text({ count: done.length, n: done.length }), 'plain', undo)
    }
    await this.load()
    live.touch('conflict', ...done.map((c) => c.collection))
  }
}
