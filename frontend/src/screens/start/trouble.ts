import { faultOf, Fault } from '$lib/api/fault'
import { m } from '$lib/paraglide/messages'

/** What syncing tries again by itself, and a form does not. */
const away = new Set([
  'server_refused',
  'server_reset',
  'server_timeout',
  'server_unreachable',
  'server_busy',
])

/** Why a computer was not enrolled: where the server did not answer, the person is to try again. */
export function enrollTrouble(thrown: unknown): Fault {
  const fault = faultOf(thrown)
  return away.has(fault.code) ? new Fault(fault.code, m.enroll_away(), fault.status) : fault
}
