import type { Locale } from '$lib/api/types'
import { baseLocale, isLocale, overwriteGetLocale } from '$lib/paraglide/runtime'
import { keep, recall } from './storage'

export type Theme = 'light' | 'dark' | 'system'
export type Density = 'comfortable' | 'compact'

interface Kept {
  locale: Locale | ''
  theme: Theme
  density: Density
}

/** What a person chose about how the interface looks and speaks, on this computer. */
class Preferences {
  #kept = $state<Kept>({ locale: '', theme: 'system', density: 'comfortable', ...recall('preferences', {}) })
  #suggested = $state<Locale>(baseLocale)

  get locale(): Locale {
    return this.#kept.locale || this.#suggested
  }
  get theme(): Theme {
    return this.#kept.theme
  }
  get density(): Density {
    return this.#kept.density
  }

  speak(locale: Locale): void {
    this.#change({ locale })
  }
  /** The language to use until the person chooses one. */
  suggest(locale: string): void {
    if (isLocale(locale)) this.#suggested = locale
  }
  dress(theme: Theme): void {
    this.#change({ theme })
  }
  pack(density: Density): void {
    this.#change({ density })
  }

  #change(part: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...part }
    keep('preferences', $state.snapshot(this.#kept))
  }
}

export const preferences = new Preferences()

// Messages read the language from here, so that a change of language redraws what is shown and keeps what is typed.
overwriteGetLocale(() => preferences.locale)

/** Keeps the page's own attributes in step with the preferences; call it inside a component. */
export function dressPage(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  let systemDark = $state(dark.matches)
  $effect(() => {
    const follow = (e: MediaQueryListEvent) => (systemDark = e.matches)
    dark.addEventListener('change', follow)
    return () => dark.removeEventListener('change', follow)
  })
  $effect(() => {
    const root = document.documentElement
    root.lang = preferences.locale
    root.dataset.theme = preferences.theme === 'system' ? (systemDark ? 'dark' : 'light') : preferences.theme
    root.dataset.density = preferences.density
  })
}
