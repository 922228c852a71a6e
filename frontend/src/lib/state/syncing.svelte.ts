import { backend } from '$lib/api/backend'
import { faultOf } from '$lib/api/fault'
import type { Status, SyncState } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'
import { count } from '$lib/format/number'
import { ago } from '$lib/format/time'
import { live } from './live.svelte'
import { session } from './session.svelte'

export type Tone = 'calm' | 'busy' | 'waiting' | 'away' | 'alarm'

/** How this computer stands with the office, in the words of the status chip. */
class Syncing {
  #status = $state.raw<Status>()
  #asking = $state(false)

  get status(): Status | undefined {
    return this.#status
  }
  /** True from "sync now" until the program has said how it went. */
  get asking(): boolean {
    return this.#asking
  }

  /** The state as people see it: edits that wait for a server that does not answer are safe, and say so. */
  get #state(): SyncState | undefined {
    const s = this.#status
    return s?.state === 'pending' && !s.online && s.last_error ? 'offline' : s?.state
  }

  /** When the register will be locked, if that is soon and this computer is not in contact; else 0. */
  get leaseEnds(): number {
    const s = this.#status
    if (!s?.lease?.near || s.online || s.state === 'attention' || s.state === 'locked') return 0
    return s.lease.ends
  }

  get tone(): Tone {
    if (session.isOffice) return live.connected ? 'calm' : 'away'
    if (this.leaseEnds) return 'waiting'
    switch (this.#state) {
      case 'sending':
      case 'receiving':
      case 'first_sync':
        return 'busy'
      case 'pending':
        return 'waiting'
      case 'offline':
        return 'away'
      case 'attention':
      case 'not_enrolled':
      case 'locked':
        return 'alarm'
      default:
        return 'calm'
    }
  }

  get words(): string {
    if (session.isOffice) return live.connected ? m.chip_live() : m.chip_no_server()
    const s = this.#status
    if (!s) return m.chip_starting()
    if (this.leaseEnds) return m.chip_lease({ when: ago(this.leaseEnds) })
    switch (this.#state ?? s.state) {
      case 'up_to_date':
        return m.chip_up_to_date()
      case 'pending':
        return this.#toSend(s)
      case 'sending':
        return m.chip_sending({ done: count(s.sent), total: count(s.pending) })
      case 'receiving':
        return m.chip_receiving()
      case 'offline':
        return s.pending > 0 ? `${m.chip_offline()} · ${this.#toSend(s)}` : m.chip_offline()
      case 'attention':
        // A rejected edit does not make it less useful to know that there is no connection; a withdrawn laptop has none.
        return s.rejected > 0 && !s.online && s.last_error
          ? `${m.chip_attention()} · ${m.chip_away()}`
          : m.chip_attention()
      case 'first_sync':
        return m.chip_first_sync({ percent: this.percent })
      case 'not_enrolled':
        return m.chip_not_enrolled()
      case 'locked':
        return m.chip_locked()
    }
  }

  #toSend(s: Status): string {
    return m.chip_pending({ count: s.pending, n: count(s.pending) })
  }

  /** How much of a first synchronization is done, 0–100. */
  get percent(): number {
    const p = this.#status?.progress
    return p && p.total > 0 ? Math.min(100, Math.floor((100 * p.done) / p.total)) : 0
  }

  start(): () => void {
    const stops = [
      live.on('status', (data) => this.#hear(data as Status | undefined)),
      live.on('connected', () => void this.load()),
    ]
    void this.load()
    return () => stops.forEach((stop) => stop())
  }

  async load(): Promise<void> {
    if (!session.isWindow) return
    try {
      this.#take(await backend.status())
    } catch {
      // The chip keeps its last words; events will correct them.
    }
  }

  /** Synchronizes now. It always answers: with the fault if the program itself could not be asked. */
  async now(): Promise<string> {
    this.#asking = true
    try {
      this.#take(await backend.syncNow())
      return ''
    } catch (thrown) {
      return faultOf(thrown).message
    } finally {
      this.#asking = false
    }
  }

  /** An event speaks the language of the program; why something failed is asked for in the person's own. */
  #hear(status: Status | undefined): void {
    if (status?.last_error && status.last_error.code !== this.#status?.last_error?.code) void this.load()
    const known = this.#status?.last_error
    const same = known && known.code === status?.last_error?.code
    this.#take(status && same ? { ...status, last_error: known } : status)
  }

  #take(status: Status | undefined): void {
    if (!status) return
    const changedQueue =
      status.pending !== this.#status?.pending || status.rejected !== this.#status?.rejected
    this.#status = status
    if (session.state === 'ready' && closes(status)) void session.refresh()
    if (changedQueue) live.touch('pending')
  }
}

/** States in which the register may have been locked, handed in or wiped: the session says which. */
const closes = (s: Status): boolean =>
  s.state === 'locked' || s.state === 'not_enrolled' || s.last_error?.code === 'device_revoked'

export const syncing = new Syncing()
