import { m } from '$lib/paraglide/messages'
import { places } from './places'

type Keys = [string, string][]

interface Help {
  title: string
  text: string
  keys: Keys
}

const texts: Record<string, () => string> = {
  '': m.help_home,
  members: m.help_members,
  organization: m.help_organization,
  dashboard: m.help_dashboard,
  list: m.help_list,
  map: m.help_map,
  verify: m.help_verify,
  duplicates: m.help_duplicates,
  import: m.help_import,
  conflicts: m.help_conflicts,
  proposals: m.help_proposals,
  sync: m.help_sync,
  devices: m.help_devices,
}

const inGrid = (): Keys => [
  ['↑ ↓ ← →', m.keys_arrows()],
  [`${m.key_enter()} · F2`, m.keys_edit()],
  ['Esc', m.keys_escape()],
  ['Ctrl C · Ctrl V', m.keys_copy()],
  ['Ctrl D', m.keys_fill()],
  [m.key_space(), m.keys_select()],
  ['Alt ↓', m.keys_menu()],
  [`Alt ${m.key_shift()} ↑ ↓`, m.keys_sort()],
  [`Alt ${m.key_shift()} ← →`, m.keys_resize()],
  [`Ctrl ${m.key_enter()}`, m.keys_open()],
]

const inConflicts = (): Keys => [
  ['J · K', m.keys_next()],
  ['1 · 2', m.keys_decide()],
  ['X', m.keys_mark()],
]

const inVerify = (): Keys => [
  ['1', m.verify_confirm()],
  ['2', m.verify_change()],
  ['3', m.verify_unreachable()],
  ['A', m.verify_all()],
  ['↑ ↓', m.keys_parts()],
  ['← →', m.keys_calls()],
]

const own: Record<string, () => Keys> = {
  members: inGrid,
  list: inGrid,
  conflicts: inConflicts,
  verify: inVerify,
}

const everywhere = (): Keys => [
  ['Ctrl K', m.keys_palette()],
  ['/', m.keys_search()],
  ['Ctrl Z · Ctrl Y', m.keys_undo()],
]

/** Those of the grid, and those that work everywhere. */
export const usualKeys = (): Keys => [...everywhere(), ...inGrid()]

/** What a screen is for, and its keys; those that work everywhere come last. */
export function helpFor(screen: string): Help {
  const place = places().find((p) => p.screen === screen || p.also?.includes(screen))
  return {
    title: place?.name() ?? m.help(),
    text: (texts[screen] ?? m.help_general)(),
    keys: [...(own[screen]?.() ?? []), ...everywhere(), ['?', m.help()]],
  }
}
