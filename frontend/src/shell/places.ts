import ArrowDownUp from '@lucide/svelte/icons/arrow-down-up'
import ChartColumn from '@lucide/svelte/icons/chart-column'
import Copy from '@lucide/svelte/icons/copy'
import FileInput from '@lucide/svelte/icons/file-input'
import GitFork from '@lucide/svelte/icons/git-fork'
import Inbox from '@lucide/svelte/icons/inbox'
import House from '@lucide/svelte/icons/house'
import Laptop from '@lucide/svelte/icons/laptop'
import MapIcon from '@lucide/svelte/icons/map'
import Network from '@lucide/svelte/icons/network'
import PhoneCall from '@lucide/svelte/icons/phone-call'
import Settings from '@lucide/svelte/icons/settings'
import Sprout from '@lucide/svelte/icons/sprout'
import Users from '@lucide/svelte/icons/users'
import { m } from '$lib/paraglide/messages'
import { session } from '$lib/state/session.svelte'

export interface NavPlace {
  screen: string
  /** Other screens that belong to it. */
  also?: string[]
  name: () => string
  icon: typeof House
  office?: boolean
}

const all: (NavPlace & { shown?: () => boolean })[] = [
  { screen: '', name: m.nav_home, icon: House },
  { screen: 'members', also: ['organization', 'new', 'record'], name: m.nav_members, icon: Sprout },
  { screen: 'dashboard', also: ['list'], name: m.nav_dashboard, icon: ChartColumn },
  { screen: 'map', name: m.nav_map, icon: MapIcon },
  { screen: 'verify', name: m.nav_verify, icon: PhoneCall },
  { screen: 'duplicates', name: m.nav_duplicates, icon: Copy },
  { screen: 'import', name: m.nav_import, icon: FileInput, shown: () => session.may('field') },
  { screen: 'conflicts', name: m.nav_conflicts, icon: GitFork },
  { screen: 'proposals', name: m.nav_proposals, icon: Inbox, shown: () => session.may('office') },
  { screen: 'sync', name: m.nav_sync, icon: ArrowDownUp, shown: () => session.isWindow },
  { screen: 'settings', name: m.nav_settings, icon: Settings },
  { screen: 'networks', name: m.nav_networks, icon: Network, office: true, shown: () => session.isOffice },
  {
    screen: 'people',
    name: m.nav_people,
    icon: Users,
    office: true,
    shown: () => session.isOffice && session.may('admin'),
  },
  {
    screen: 'devices',
    name: m.nav_devices,
    icon: Laptop,
    office: true,
    shown: () => session.isOffice && session.may('office'),
  },
]

/** The places that this person has, in the order of the menu. */
export const places = (): NavPlace[] => all.filter((p) => p.shown?.() ?? true)
