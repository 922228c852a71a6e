import { backend } from '$lib/api/backend'
import type { FacetValue, RowState } from '$lib/api/types'
import { isSet, optionName } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { say, schema } from '$lib/state/schema.svelte'
import { session } from '$lib/state/session.svelte'
import { deletedState, members } from './view.svelte'

/** Something the list can be narrowed by, with how many organizations each value would leave. */
export interface Facet {
  label: string
  /** Several values may be asked for at once; all must hold. */
  several: boolean
  nameOf: (value: string) => string
  count: (signal: AbortSignal) => Promise<FacetValue[]>
}

export function facetOf(name: string): Facet | undefined {
  return name === 'state' ? stateFacet() : fieldFacet(name)
}

function fieldFacet(name: string): Facet | undefined {
  const field = schema.field('organization', name)
  if (!field) return undefined
  const several = isSet(field)
  return {
    label: say(field.label),
    several,
    nameOf: (value) => (value === '' ? m.filter_empty() : optionName(field, value)),
    // A set may hold several values at once, so its other values are counted within the ones chosen.
    count: async (signal) =>
      (await backend.facets('organization', name, several ? members.query : members.queryFor(name), signal))
        .values,
  }
}

/** Which organizations have something of this computer's that waits. */
function stateFacet(): Facet {
  const states: RowState[] = session.isWindow ? ['pending', 'conflict', 'rejected'] : ['conflict']
  const all = session.mayDelete('organization') ? [...states, deletedState] : states
  const names: Record<string, () => string> = {
    pending: m.state_pending,
    conflict: m.state_conflict,
    rejected: m.state_rejected,
    deleted: m.state_deleted,
  }
  return {
    label: m.filter_state(),
    several: false,
    nameOf: (value) => names[value]?.() ?? value,
    count: (signal) =>
      Promise.all(
        all.map(async (value) => {
          const query = members.queryFor('state')
          const narrowed =
            value === deletedState
              ? { ...query, deleted: true }
              : { ...query, where: [...(query.where ?? []), `state=${value}`] }
          const page = await backend.list('organization', narrowed, { limit: 1 }, signal)
          return { value, count: page.total }
        }),
      ),
  }
}
