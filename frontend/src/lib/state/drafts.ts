import { backend } from '$lib/api/backend'
import { keep, keptKeys, recall } from './storage'

/**
 * What is being typed and not saved. The page's own storage answers at once; the window's program writes it to disk too,
 * since a window's storage may be written late or not at all before the power goes.
 */
class Drafts {
  #durable = false
  #waiting = new Map<string, Promise<unknown>>()

  recall<T>(key: string): T | null {
    return recall<T | null>(key, null)
  }

  keep(key: string, value: unknown): void {
    keep(key, value)
    if (!this.#durable) return
    const text = value === undefined ? '' : JSON.stringify(value)
    const before = this.#waiting.get(key) ?? Promise.resolve()
    // In order, so that an older text never comes after a newer one. What fails is still in the page's storage.
    this.#waiting.set(
      key,
      before.then(() => backend.putDraft(key, text)).catch(() => undefined),
    )
  }

  /** Brings back what the program kept and the page's storage lost. */
  async restore(): Promise<void> {
    try {
      const { drafts } = await backend.drafts()
      const here = new Set(keptKeys(''))
      for (const [key, text] of Object.entries(drafts)) if (!here.has(key)) keep(key, JSON.parse(text))
      this.#durable = true
    } catch {
      // the page's own storage is what there is
    }
  }
}

export const drafts = new Drafts()
