import { m } from '$lib/paraglide/messages'
import { fold } from '$lib/format/text'
import { editor } from '$lib/state/editor.svelte'
import { preferences } from '$lib/state/preferences.svelte'
import { router } from '$lib/state/router.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'
import { syncing } from '$lib/state/syncing.svelte'
import { languages, themes } from '$screens/settings/choices'
import { places } from './places'
import { tour } from './tour.svelte'

export interface Command {
  id: string
  name: string
  run: () => void
}

/** What the palette can do for this person, now. */
export function commands(): Command[] {
  const list: Command[] = places().map((p) => ({
    id: `go-${p.screen}`,
    name: m.palette_go({ where: p.name() }),
    run: () => router.go(p.screen),
  }))
  if (session.mayWrite('organization')) {
    list.push({ id: 'new', name: m.new_organization(), run: () => router.go('new') })
  }
  if (session.isWindow) {
    list.push({
      id: 'sync-now',
      name: m.sync_now(),
      run: () => {
        router.go('sync')
        void syncing.now()
      },
    })
  }
  list.push({ id: 'tour', name: m.tour_start(), run: () => tour.start() })
  if (editor.canUndo) list.push({ id: 'undo', name: m.undo(), run: () => void editor.undo() })
  if (editor.canRedo) list.push({ id: 'redo', name: m.redo(), run: () => void editor.redo() })
  if (session.networks.length > 1) {
    const networks = [{ code: '', name: m.network_all() }, ...session.networks]
    for (const n of networks) {
      const run = () => scope.choose(n.code)
      list.push({ id: `network-${n.code}`, name: m.palette_show_network({ network: n.name }), run })
    }
  }
  for (const [theme, name] of themes()) {
    list.push({ id: `theme-${theme}`, name: `${m.theme()}: ${name}`, run: () => preferences.dress(theme) })
  }
  for (const [locale, name] of languages) {
    list.push({
      id: `language-${locale}`,
      name: `${m.language()}: ${name}`,
      run: () => preferences.speak(locale),
    })
  }
  if (session.isOffice) list.push({ id: 'sign-out', name: m.sign_out(), run: () => void session.signOut() })
  return list
}

/** The commands whose words begin with the words typed. */
export function matching(list: Command[], q: string): Command[] {
  const wanted = fold(q).split(' ').filter(Boolean)
  return list.filter((c) => {
    const words = fold(c.name).split(/[\s:]+/)
    return wanted.every((w) => words.some((word) => word.startsWith(w)))
  })
}
