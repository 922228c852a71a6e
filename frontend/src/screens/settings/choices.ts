import type { Locale } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'
import type { Density, Theme } from '$lib/state/preferences.svelte'

/** Languages call themselves by their own names. */
export const languages: [Locale, string][] = [
  ['es', 'Español'],
  ['pt', 'Português'],
  ['en', 'English'],
  ['fr', 'Français'],
]

export const themes = (): [Theme, string][] => [
  ['light', m.theme_light()],
  ['dark', m.theme_dark()],
  ['system', m.theme_system()],
]

export const densities = (): [Density, string][] => [
  ['comfortable', m.density_comfortable()],
  ['compact', m.density_compact()],
]
