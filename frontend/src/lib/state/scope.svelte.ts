import type { Network } from '$lib/api/types'
import { session } from './session.svelte'
import { keep, recall } from './storage'

/** The network that the person looks at: one, or all of theirs. */
class Scope {
  #code = $state(recall('network', ''))

  /** The chosen network; undefined for all. A person of a single network is always in it. */
  get network(): Network | undefined {
    const networks = session.networks
    return networks.length === 1 ? networks[0] : networks.find((n) => n.code === this.#code)
  }
  get code(): string {
    return this.network?.code ?? ''
  }
  /** For queries: the chosen network, or none for all. */
  get filter(): string[] {
    return this.network ? [this.network.code] : []
  }

  /** Where something new goes: the chosen network; while all are looked at, the one last said, or none yet. */
  get into(): string {
    return this.code || (session.networks.find((n) => n.code === recall('network.into', ''))?.code ?? '')
  }
  /** Says where something new goes, now and the next time. */
  intend(code: string): void {
    keep('network.into', code)
  }

  choose(code: string): void {
    this.#code = code
    keep('network', code)
  }

  nameOf(code: string): string {
    return session.networks.find((n) => n.code === code)?.name ?? code
  }
}

export const scope = new Scope()
