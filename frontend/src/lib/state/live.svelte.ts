import type { Row } from '$lib/api/types'
import { listen } from '$lib/host'

interface Changed {
  network: string
  collections: string[]
}

interface Follower {
  collections: string[]
  changed: () => void
}

const gatherMs = 120
/** For so long after values of our own were saved, which are shown already, the next ones go first. */
const quietMs = 300
const longestMs = 1_000
const slowMs = 2_000
/** For so long at most, what was read may be taken for what there is: some of it goes by the day. */
const freshMs = 3_600_000

/**
 * What happens elsewhere, as it happens. Screens follow collections and are told, at most every so often, that
 * something in them changed; rows that an edit of our own returned are handed over at once.
 */
class Live {
  #connected = $state(true)
  #followers = new Set<Follower>()
  #savers = new Set<(rows: Row[]) => void>()
  #others = new Map<string, Set<(data: unknown) => void>>()
  #touched = new Set<string>()
  #touchedAt = 0
  #savedAt = -Infinity
  /** When something last changed in a collection ('*': in any of them), and since when nothing was missed. */
  #changes = new Map<string, number>()
  #hearsSince = Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  #stop: (() => void) | undefined
  #wasDown = false

  get connected(): boolean {
    return this.#connected
  }

  start(): void {
    if (this.#stop) return
    this.#stop = listen(
      (name, data) => this.#arrived(name, data),
      (up) => this.#connection(up),
    )
  }

  /** Listens anew: what a person may hear of is settled when listening begins. */
  restart(): void {
    if (!this.#stop) return
    this.stop()
    this.start()
    this.touch('*')
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#hearsSince = Infinity
  }

  /** Calls back after changes in any of the collections ('*': any at all) until the returned function is called. */
  follow(collections: string[], changed: () => void): () => void {
    const follower = { collections, changed }
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  /** Like follow, every now and then: for sums over everything, which are not for every keystroke of everybody. */
  followSlowly(collections: string[], changed: () => void): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = this.follow(collections, () => {
      timer ??= setTimeout(() => {
        timer = undefined
        changed()
      }, slowMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }

  /** Calls back with rows that were just saved here. */
  onSaved(saved: (rows: Row[]) => void): () => void {
    this.#savers.add(saved)
    return () => this.#savers.delete(saved)
  }

  /** Calls back for another kind of event; `broken` and `connected` are the ends of a break, during which events are lost. */
  on(name: string, listener: (data: unknown) => void): () => void {
    const all = this.#others.get(name) ?? new Set()
    this.#others.set(name, all.add(listener))
    return () => all.delete(listener)
  }

  /** Whether what was read of some collections at a time, by performance.now(), may no longer be what there is. */
  changedSince(collections: string[], readAt: number): boolean {
    if (readAt < Math.max(this.#hearsSince, performance.now() - freshMs)) return true
    return ['*', ...collections].some((c) => (this.#changes.get(c) ?? -Infinity) >= readAt)
  }

  /** Hands over rows that were saved here; `inPlace`, none of them came or went. */
  saved(rows: Row[], inPlace = false): void {
    this.#note(rows.map((r) => r.collection))
    if (inPlace) this.#savedAt = performance.now()
    this.#savers.forEach((tell) => tell(rows))
  }

  /** Makes followers read again: something changed that no event tells of. */
  touch(...collections: string[]): void {
    this.#note(collections)
    collections.forEach((c) => this.#touched.add(c))
    if (this.#timer) return
    this.#touchedAt = performance.now()
    this.#timer = setTimeout(() => this.#tell(), gatherMs)
  }

  #note(collections: string[]): void {
    for (const c of collections) this.#changes.set(c, performance.now())
  }

  #arrived(name: string, data: unknown): void {
    if (name === 'changed') this.touch(...collectionsOf(data))
    else this.#others.get(name)?.forEach((listener) => listener(data))
  }

  #connection(up: boolean): void {
    this.#connected = up
    this.#hearsSince = up ? performance.now() : Infinity
    if (up && this.#wasDown) this.touch('*')
    this.#wasDown = !up
    this.#others.get(up ? 'connected' : 'broken')?.forEach((listener) => listener(undefined))
  }

  #tell(): void {
    const waits = Math.min(this.#savedAt + quietMs, this.#touchedAt + longestMs) - performance.now()
    if (waits > 0) {
      this.#timer = setTimeout(() => this.#tell(), waits)
      return
    }
    this.#timer = undefined
    const touched = this.#touched
    this.#touched = new Set()
    const all = touched.has('*')
    for (const f of [...this.#followers]) {
      if (all || f.collections.includes('*') || f.collections.some((c) => touched.has(c))) f.changed()
    }
  }
}

export const live = new Live()

/** A change without collections is one of everything. */
function collectionsOf(data: unknown): string[] {
  const named = (data as Changed | undefined)?.collections ?? []
  return named.length > 0 ? named : ['*']
}
