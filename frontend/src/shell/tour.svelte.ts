import { m } from '$lib/paraglide/messages'
import { keep, recall } from '$lib/state/storage'
import { session } from '$lib/state/session.svelte'

export interface Stop {
  /** What it points at; a stop whose thing is not there is left out. */
  at: string
  title: string
  text: string
}

/** The round for whoever sees the interface for the first time: offered once, left at any moment, remembered. */
class Tour {
  #at = $state(-1)
  #done = $state(recall('tour.done', false))

  get done(): boolean {
    return this.#done
  }
  get stop(): Stop | undefined {
    return this.stops[this.#at]
  }
  get position(): number {
    return this.#at
  }
  get stops(): Stop[] {
    const all: Stop[] = [
      { at: 'nav', title: m.tour_nav(), text: m.tour_nav_text() },
      { at: '[data-tour=palette]', title: m.tour_palette(), text: m.tour_palette_text() },
      {
        at: '[data-testid=status-chip]',
        title: session.isWindow ? m.tour_sync() : m.tour_live(),
        text: session.isWindow ? m.tour_sync_text() : m.tour_live_text(),
      },
      { at: '[data-tour=help]', title: m.tour_help(), text: m.tour_help_text() },
    ]
    return all.filter((s) => document.querySelector(s.at))
  }

  start(): void {
    this.#at = 0
  }
  step(by: number): void {
    this.#at += by
    if (this.#at < 0) this.#at = 0
    if (this.#at >= this.stops.length) this.end()
  }
  end(): void {
    this.#at = -1
    this.#done = true
    keep('tour.done', true)
  }
}

export const tour = new Tour()
