import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { Proposal, ProposalDecision } from '$lib/api/types'
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
  #busy = $state('')

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
  /** The bundle whose decision is under way. */
  get busy(): string {
    return this.#busy
  }

  show(status: Proposal['status']): void {
    this.#status = status
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

  async decide(bundle: Bundle, decision: ProposalDecision): Promise<void> {
    this.#busy = bundle.id
    try {
      await backend.decide(bundle.first.id, decision)
      this.#tell(bundle, decision)
    } catch (thrown) {
      notices.say(faultOf(thrown).message, 'bad')
    }
    await Promise.all([this.load(), tasks.load()])
    this.#busy = ''
  }

  #tell(bundle: Bundle, decision: ProposalDecision): void {
    const what = nameOf(bundle.first)
    if (decision === 'accept') notices.say(m.proposal_accepted({ what }), 'good')
    if (decision === 'dismiss')
      notices.say(m.proposal_dismissed({ what }), 'good', {
        label: m.undo(),
        run: () => void this.decide(bundle, 'reopen'),
      })
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
