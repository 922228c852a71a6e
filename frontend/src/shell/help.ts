import { m } from '$lib/paraglide/messages'
import { places } from './places'

interface Help {
  title: string
  text: string
  keys: [string, string][]
}

const texts: Record<string, () => string> = {
  '': m.help_home,
  members: m.help_members,
  organization: m.help_organization,
  dashboard: m.help_dashboard,
  list: m.help_list,
  import: m.help_import,
  conflicts: m.help_conflicts,
  sync: m.help_sync,
}

const inGrid = (): [string, string][] => [
  ['↑ ↓ ← →', m.keys_arrows()],
  ['Enter · F2', m.keys_edit()],
  ['Esc', m.keys_escape()],
  ['Ctrl C · Ctrl V', m.keys_copy()],
  ['Ctrl D', m.keys_fill()],
  ['Space', m.keys_select()],
  ['Alt ↓', m.keys_menu()],
  ['Alt Shift ↑ ↓', m.keys_sort()],
  ['Ctrl Enter', m.keys_open()],
]

const inConflicts = (): [string, string][] => [
  ['J · K', m.keys_next()],
  ['1 · 2', m.keys_decide()],
  ['X', m.keys_mark()],
]

/** What a screen is for, and its keys; those that work everywhere come last. */
export function helpFor(screen: string): Help {
  const place = places().find((p) => p.screen === screen || p.also?.includes(screen))
  const own =
    screen === 'members' || screen === 'list' ? inGrid() : screen === 'conflicts' ? inConflicts() : []
  return {
    title: place?.name() ?? m.help(),
    text: (texts[screen] ?? m.help_general)(),
    keys: [
      ...own,
      ['Ctrl K', m.keys_palette()],
      ['/', m.keys_search()],
      ['Ctrl Z · Ctrl Y', m.keys_undo()],
      ['?', m.help()],
    ],
  }
}
