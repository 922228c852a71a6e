import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { Call, Values } from '$lib/api/types'
import { today } from '$lib/format/time'
import { m } from '$lib/paraglide/messages'
import { editor } from '$lib/state/editor.svelte'
import { live } from '$lib/state/live.svelte'
import { notices } from '$lib/state/notices.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'
import { Profile } from '$screens/organization/profile.svelte'

export type Outcome = 'confirmed' | 'changed' | 'unreachable'
export type Method = 'call' | 'visit' | 'message' | 'document'

const pageSize = 50
/** So close to the end of what is loaded the next page is asked for. */
const ahead = 10

/**
 * The call list: who needs a call, in order of need, and whom one is talking to. The order stands while one works
 * through it: an organization that was verified stays where it was, done, until the list is asked for anew.
 */
export class CallList {
  #calls = $state.raw<Call[]>([])
  #total = $state(0)
  #at = $state(0)
  #row = $state(0)
  #part = $state('')
  #network = $state('')
  #country = $state('')
  #method = $state<Method>('call')
  #fault = $state.raw<Fault>()
  #loaded = $state(false)
  #profile = $state.raw<Profile>()
  #done = $state.raw<Set<string>>(new Set())
  #stop: (() => void) | undefined
  #loading = 0

  get calls(): Call[] {
    return this.#calls
  }
  /** How many wait, apart from those just done. */
  get waiting(): number {
    return Math.max(0, this.#total - this.#done.size)
  }
  get loaded(): boolean {
    return this.#loaded
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get current(): Call | undefined {
    return this.#calls[this.#at]
  }
  /** All that is known of the organization one is talking to. */
  get profile(): Profile | undefined {
    return this.#profile
  }
  /** The part that is looked at. */
  get row(): number {
    return this.#row
  }
  get part(): string {
    return this.#part
  }
  get method(): Method {
    return this.#method
  }
  isDone(id: string): boolean {
    return this.#done.has(id)
  }

  use(method: Method): void {
    this.#method = method
  }
  only(part: string): void {
    this.#part = part
    void this.load()
  }
  /** The network and the country that an address narrows the list to; empty for all. */
  get network(): string {
    return this.#network
  }
  get country(): string {
    return this.#country
  }
  /** Lists whom an address asks for. */
  open(address: URLSearchParams): void {
    this.#network = address.get('network') ?? ''
    this.#country = address.get('country') ?? ''
    this.#part = address.get('part') ?? ''
    void this.load()
  }

  get #asked() {
    const network = this.#network ? [this.#network] : scope.filter
    return { network, country: this.#country, part: this.#part }
  }

  async load(): Promise<void> {
    const turn = ++this.#loading
    try {
      const { total, calls } = await backend.calls(this.#asked, { limit: pageSize })
      if (turn !== this.#loading) return
      this.#calls = calls
      this.#total = total
      this.#done = new Set()
      this.#fault = undefined
      this.#look(0)
    } catch (thrown) {
      this.#fault = faultOf(thrown)
    } finally {
      this.#loaded = true
    }
  }

  async #more(): Promise<void> {
    const turn = this.#loading
    if (this.#calls.length >= this.#total) return
    try {
      // Those that are done have left the server's list.
      const offset = Math.max(0, this.#calls.length - this.#done.size)
      const { calls } = await backend.calls(this.#asked, { limit: pageSize, offset })
      if (turn !== this.#loading) return
      const known = new Set(this.#calls.map((c) => c.organization.id))
      this.#calls = [...this.#calls, ...calls.filter((c) => !known.has(c.organization.id))]
    } catch {
      // The list goes on as far as it is known; the next step asks again.
    }
  }

  /** Goes to another organization of the list. */
  step(by: number): void {
    this.#look(Math.max(0, Math.min(this.#calls.length - 1, this.#at + by)))
  }
  look(id: string): void {
    const at = this.#calls.findIndex((c) => c.organization.id === id)
    if (at >= 0) this.#look(at)
  }

  #look(at: number): void {
    this.#at = at
    const call = this.current
    this.#row = Math.max(0, call?.upkeep.parts.findIndex((p) => !p.fresh) ?? 0)
    if (this.#profile?.id !== call?.organization.id) {
      this.#stop?.()
      this.#profile = call && new Profile(call.organization.id)
      this.#stop = this.#profile?.follow()
      void this.#profile?.load()
    }
    if (at > this.#calls.length - ahead) void this.#more()
  }

  /** Moves to another part of the organization. */
  move(by: number): void {
    const last = (this.current?.upkeep.parts.length ?? 1) - 1
    this.#row = Math.max(0, Math.min(last, this.#row + by))
  }
  choose(row: number): void {
    this.#row = row
  }

  /** Records what came of asking about some parts; then the next part that is out of date is looked at. */
  async record(outcome: Outcome, parts: string[]): Promise<void> {
    const call = this.current
    if (!call || parts.length === 0 || !session.mayWrite('verification')) return
    const { id, network, title } = call.organization
    const all = parts.map((part): Values => ({
      organization: id,
      field_group: part,
      outcome,
      method: this.#method,
      date: today(),
      by: session.user?.name ?? null,
    }))
    try {
      await editor.createAll('verification', network, all, saidOf(outcome, title))
    } catch (thrown) {
      notices.say(faultOf(thrown).message, 'bad')
      return
    }
    await this.refresh(id)
    if (outcome === 'unreachable') this.step(1)
    else if (this.current?.organization.id === id) this.#toNextPart()
  }

  #toNextPart(): void {
    const parts = this.current?.upkeep.parts ?? []
    const after = parts.findIndex((p, i) => i > this.#row && !p.fresh)
    const next = after >= 0 ? after : parts.findIndex((p) => !p.fresh)
    if (next >= 0) this.#row = next
  }

  /** All that is out of date is still correct. */
  confirmAll(): Promise<void> {
    const late = this.current?.upkeep.parts.filter((p) => !p.fresh).map((p) => p.part) ?? []
    return this.record('confirmed', late)
  }

  /** Reads again how current one organization is. */
  async refresh(id: string): Promise<void> {
    try {
      const upkeep = await backend.upkeep(id)
      this.#calls = this.#calls.map((c) => (c.organization.id === id ? { ...c, upkeep } : c))
      const done = new Set(this.#done)
      if (upkeep.parts.every((p) => p.fresh)) done.add(id)
      else done.delete(id)
      this.#done = done
    } catch {
      // It stands as it was known.
    }
  }

  follow(): () => void {
    const kinds = ['verification', 'contact', 'census', 'site', 'certification', 'organization']
    const stops = [
      live.follow(kinds, () => this.#refreshCurrent()),
      live.onSaved((rows) => {
        if (rows.some((r) => kinds.includes(r.collection))) this.#refreshCurrent()
      }),
      live.follow(['shelf_life'], () => void this.load()),
    ]
    return () => {
      stops.forEach((stop) => stop())
      this.#stop?.()
    }
  }

  #refreshCurrent(): void {
    const id = this.current?.organization.id
    if (id) void this.refresh(id)
  }
}

function saidOf(outcome: Outcome, organization: string): string {
  switch (outcome) {
    case 'confirmed':
      return m.verify_said_confirmed({ organization })
    case 'changed':
      return m.verify_said_changed({ organization })
    default:
      return m.verify_said_unreachable({ organization })
  }
}
