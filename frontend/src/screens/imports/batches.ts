import { backend } from '$lib/api/backend'
import { faultOf } from '$lib/api/fault'
import { count } from '$lib/format/number'
import { m } from '$lib/paraglide/messages'
import { live } from '$lib/state/live.svelte'
import { notices } from '$lib/state/notices.svelte'

/** Takes a whole import back, but for what people changed since. True when it was done. */
export async function undoBatch(id: string): Promise<boolean> {
  try {
    const { reverted, kept } = await backend.undoBatch(id)
    const text = kept.length > 0 ? m.batch_undone_kept : m.batch_undone
    notices.say(text({ count: reverted, n: count(reverted), kept: count(kept.length) }), 'good')
    live.touch('*')
    return true
  } catch (thrown) {
    notices.say(faultOf(thrown).message, 'bad')
    return false
  }
}
