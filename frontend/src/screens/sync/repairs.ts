import type { SyncRepair } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'
import { count } from '$lib/format/number'
import { scope } from '$lib/state/scope.svelte'

/** What a repair came to, in words. */
export function repairWords(r: SyncRepair): string {
  const network = scope.nameOf(r.network)
  return r.whole
    ? m.sync_repair_whole({ network })
    : m.sync_repaired({ count: r.records, n: count(r.records), network })
}
