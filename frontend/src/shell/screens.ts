import type { Component } from 'svelte'

type Screen = Component<Record<string, never>>

/** Each screen's code comes when it is first shown. */
export const screens: Record<string, () => Promise<{ default: Screen }>> = {
  '': () => import('$screens/home/Home.svelte'),
  members: () => import('$screens/members/Members.svelte'),
  organization: () => import('$screens/organization/Organization.svelte'),
  record: () => import('$screens/organization/RecordDoor.svelte'),
  new: () => import('$screens/organization/NewOrganization.svelte'),
  map: () => import('$screens/map/Map.svelte'),
  dashboard: () => import('$screens/dashboard/Dashboard.svelte'),
  list: () => import('$screens/list/List.svelte'),
  verify: () => import('$screens/verify/Verify.svelte'),
  duplicates: () => import('$screens/duplicates/Duplicates.svelte'),
  import: () => import('$screens/imports/Imports.svelte'),
  conflicts: () => import('$screens/conflicts/Conflicts.svelte'),
  proposals: () => import('$screens/proposals/Proposals.svelte'),
  sync: () => import('$screens/sync/Sync.svelte'),
  settings: () => import('$screens/settings/Settings.svelte'),
  networks: () => import('$screens/office/Networks.svelte'),
  people: () => import('$screens/office/People.svelte'),
  devices: () => import('$screens/office/Devices.svelte'),
}

/** Those that show or take what belongs to a network. */
export const ofNetworks = new Set(
  'members organization record new map dashboard list verify duplicates import conflicts proposals'.split(
    ' ',
  ),
)

/** Reads what people open first, once the screen they came to is up: the list then opens without waiting for it. */
export function readAhead(): () => void {
  const late = () => undefined // it is read when it is opened
  const timer = setTimeout(() => {
    for (const name of ['members', 'organization']) screens[name]?.().catch(late)
    import('$screens/members/view.svelte').then(({ members }) => members.readAhead(), late)
  }, 300)
  return () => clearTimeout(timer)
}
