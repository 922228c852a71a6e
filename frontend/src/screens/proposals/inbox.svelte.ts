import { SvelteSet } from 'svelte/reactivity'
import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { Proposal, ProposalDecision } from '$lib/api/types'
import { count } from '$lib/format/number'
import { nameOf } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { live } from '$lib/state/live.svelte'
import { notices } from '$lib/state/notices.svelte'
import { scope } from '$lib/state/scope.svelte'
import { tasks } from '$lib/state/tasks.svelte'

/** Proposals that were one action on the laptop, and are one decision. */
export interface Bundle {
  id: string
  first: Proposal
  items: Proposal[]
}

/** The edits that laptops handed in: those to decide, or those decided. */
export class ProposalInbox {
  #bundles = $state.raw<Bundle[]>([])
  #status = $state<Proposal['status']>('open')
  #fault = $state.raw<Fault>()
  #loaded = $state(false)
  #busy = $state(false)
  readonly #marked = new SvelteSet<string>()

  get bundles(): Bundle[] {
    return this.#bundles
  }
  get status(): Proposal['status'] {
    return this.#status
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get loaded(): boolean {
    return this.#loaded
  }
  /** A decision is under way. */
  get busy(): boolean {
    return this.#busy
  }

  /** The bundles that are marked to be decided alike. */
  get chosen(): Bundle[] {
    return this.#bundles.filter((b) => this.#marked.has(b.id))
  }
  isMarked(id: string): boolean {
    return this.#marked.has(id)
  }
  mark(id: string): void {
    if (!this.#marked.delete(id)) this.#marked.add(id)
  }
  markAll(): void {
    if (this.chosen.length === this.#bundles.length) this.#marked.clear()
    else this.#bundles.forEach((b) => this.#marked.add(b.id))
  }

  show(status: Proposal['status']): void {
    this.#status = status
    this.#marked.clear()
    void this.load()
  }

  follow(): () => void {
    return live.follow(['proposal', '*'], () => void this.load())
  }

  async load(): Promise<void> {
    const status = this.#status
    try {
      const { proposals } = await backend.proposals(status, scope.code)
      if (status !== this.#status) return
      this.#bundles = bundled(proposals)
      this.#fault = undefined
    } catch (thrown) {
      this.#fault = faultOf(thrown)
    } finally {
      this.#loaded = true
    }
  }

  /** The same decision about one or several; what cannot be decided so stays marked, and says why. */
  async decide(bundles: Bundle[], decision: ProposalDecision): Promise<void> {
    this.#busy = true
    try {
      const ids = bundles.map((b) => b.first.id)
      const { refused } = await backend.decide(ids, decision)
      const left = bundles.filter((b) => refused.some((r) => r.id === b.first.id))
      bundles.forEach((b) => this.#marked.delete(b.id))
      if (bundles.length > 1) left.forEach((b) => this.#marked.add(b.id))
      this.#tell(
        bundles.filter((b) => !left.includes(b)),
        decision,
      )
      const [why] = refused
      if (why) this.#excuse(refused.length, bundles.length, why.message)
    } catch (thrown) {
      notices.say(faultOf(thrown).message, 'bad')
    }
    await Promise.all([this.load(), tasks.load()])
    this.#busy = false
  }

  #tell(bundles: Bundle[], decision: ProposalDecision): void {
    const [first] = bundles
    if (!first) return
    const one = bundles.length === 1
    const what = { what: nameOf(first.first) }
    const all = { count: bundles.length, n: count(bundles.length) }
    if (decision === 'accept')
      notices.say(one ? m.proposal_accepted(what) : m.proposals_accept_done(all), 'good')
    if (decision === 'dismiss')
      notices.say(one ? m.proposal_dismissed(what) : m.proposals_dismiss_done(all), 'good', {
        label: m.undo(),
        run: () => void this.decide(bundles, 'reopen'),
      })
  }

  #excuse(left: number, of: number, why: string): void {
    notices.say(of === 1 ? why : m.proposals_left({ count: left, n: count(left), why }), 'bad')
  }
}

/** Puts the proposals of an action together, in the order in which they came. */
export function bundled(proposals: Proposal[]): Bundle[] {
  const bundles = new Map<string, Bundle>()
  for (const p of proposals) {
    const id = p.group || p.id
    const known = bundles.get(id)
    if (known) known.items.push(p)
    else bundles.set(id, { id, first: p, items: [p] })
  }
  return [...bundles.values()]
}
