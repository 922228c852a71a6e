import { backend } from '$lib/api/backend'
import type { FacetValue, Query, RowState } from '$lib/api/types'
import { optionName } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'
import { kindOf } from './filters'
import { deletedState, members } from './view.svelte'

/** How many organizations each value of a field would leave. */
export async function countValues(name: string, signal: AbortSignal): Promise<FacetValue[]> {
  if (name === 'state') return countStates(signal)
  if (name === 'network') return countNetworks(signal)
  // A set may hold several values at once, so its other values are counted within the ones chosen.
  const within = kindOf(members.field(name), name) === 'set' ? members.query : members.queryFor(name)
  return (await backend.facets('organization', name, within, signal)).values
}

/** How many have no value in a field, and how many have one. */
export async function countEmpty(
  name: string,
  signal: AbortSignal,
): Promise<{ empty: number; filled: number }> {
  const query = members.queryFor(name)
  const total = (where: string) => totalOf({ ...query, where: [...(query.where ?? []), where] }, signal)
  const [empty, filled] = await Promise.all([total(`${name}=`), total(`${name}!=`)])
  return { empty, filled }
}

const totalOf = async (query: Query, signal: AbortSignal): Promise<number> =>
  (await backend.list('organization', query, { limit: 1 }, signal)).total

export const stateNames: Record<string, () => string> = {
  pending: m.state_pending,
  conflict: m.state_conflict,
  rejected: m.state_rejected,
  deleted: m.state_deleted,
}

/** What a value of a filter is called. */
export function valueName(name: string, value: string): string {
  if (name === 'state') return stateNames[value]?.() ?? value
  if (name === 'network') return scope.nameOf(value)
  const field = members.field(name)
  return field ? optionName(field, value) : value
}

async function countNetworks(signal: AbortSignal): Promise<FacetValue[]> {
  const query = members.queryFor('network')
  return Promise.all(
    session.networks.map(async ({ code }) => ({
      value: code,
      count: await totalOf({ ...query, where: [...(query.where ?? []), `network=${code}`] }, signal),
    })),
  )
}

/** Which organizations have something of this computer's that waits. */
async function countStates(signal: AbortSignal): Promise<FacetValue[]> {
  const states: RowState[] = session.isWindow ? ['pending', 'conflict', 'rejected'] : ['conflict']
  const all = session.mayDelete('organization') ? [...states, deletedState] : states
  return Promise.all(
    all.map(async (value) => {
      const query = members.queryFor('state')
      const narrowed =
        value === deletedState
          ? { ...query, deleted: true }
          : { ...query, where: [...(query.where ?? []), `state=${value}`] }
      return { value, count: await totalOf(narrowed, signal) }
    }),
  )
}
