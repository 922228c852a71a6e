import { SvelteSet } from 'svelte/reactivity'
import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { Conflict, Disputed, Keep } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'
import { editor } from '$lib/state/editor.svelte'
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
  readonly #marked = new SvelteSet<string>()

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
  /** The ones that are marked to be decided alike; without marks, the one that is looked at. */
  get chosen(): Conflict[] {
    const marked = this.#all.filter((c) => this.#marked.has(c.id))
    return marked.length > 0 ? marked : this.current ? [this.current] : []
  }
  isMarked(id: string): boolean {
    return this.#marked.has(id)
  }
  get marks(): number {
    return this.#all.filter((c) => this.#marked.has(c.id)).length
  }
  mark(id: string): void {
    if (!this.#marked.delete(id)) this.#marked.add(id)
  }
  /** Marks all, or none when all are. */
  markAll(): void {
    if (this.marks === this.#all.length) this.#marked.clear()
    else this.#all.forEach((c) => this.#marked.add(c.id))
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
    this.#marked.clear()
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
    this.#marked.clear()
    const what = { count: done.length, n: done.length }
    if (done.length > 0 && keep === 'reopen') notices.say(m.conflict_reopened(what))
    else if (done.length > 0) {
      editor.did(
        m.conflict_decided(what),
        () => this.#resolve(done, keep, value),
        () => this.#resolve(done, 'reopen'),
      )
    }
    await this.#settled(done)
  }

  async #resolve(conflicts: Conflict[], keep: Keep, value?: Disputed): Promise<void> {
    for (const c of conflicts) await backend.resolve(c.id, keep, value)
    await this.#settled(conflicts)
  }

  async #settled(conflicts: Conflict[]): Promise<void> {
    await this.load()
    live.touch('conflict', ...conflicts.map((c) => c.collection))
  }
}
