import { backend } from '$lib/api/backend'
import { faultOf } from '$lib/api/fault'
import type { PendingEdit, Values } from '$lib/api/types'
import { nameOf } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { live } from '$lib/state/live.svelte'
import { notices } from '$lib/state/notices.svelte'
import { refusals } from '$lib/state/refusals.svelte'
import { session } from '$lib/state/session.svelte'
import { tasks } from '$lib/state/tasks.svelte'

/** Sends a rejected edit again as it is; at the console, with what was made as one step with it. */
export async function retry(edit: PendingEdit): Promise<void> {
  if (session.isOffice) {
    if (await refusals.retry(edit.group ?? '')) notices.say(m.sync_retry_done({ what: nameOf(edit) }), 'good')
    else notices.say(m.sync_retry_refused(), 'bad')
    return
  }
  await attempt(async () => {
    await backend.retry(edit.op)
    notices.say(m.sync_retried({ what: nameOf(edit) }))
  })
}

/** Gives a rejected edit up. It can be taken back: the same change is then made anew. */
export async function discard(edit: PendingEdit): Promise<void> {
  if (session.isOffice) {
    const back = refusals.drop(edit.group ?? '')
    notices.say(m.sync_discarded({ what: nameOf(edit) }), 'plain', { label: m.undo(), run: back })
    return
  }
  await attempt(async () => {
    await backend.discard(edit.op)
    const undo = { label: m.undo(), run: () => void attempt(() => again(edit)) }
    notices.say(m.sync_discarded({ what: nameOf(edit) }), 'plain', undo)
  })
}

async function again(edit: PendingEdit): Promise<void> {
  const fields: Values = Object.fromEntries(Object.entries(edit.changes).map(([name, c]) => [name, c.to]))
  const { kind, collection, network, id } = edit
  await backend.edit([{ kind, collection, network, id, ...(kind === 'delete' ? {} : { fields }) }])
}

async function attempt(action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (thrown) {
    notices.say(faultOf(thrown).message, 'bad')
  }
  await tasks.load()
  live.touch('pending')
}
