import { SvelteMap } from 'svelte/reactivity'
import { backend } from '$lib/api/backend'
import { faultOf, isAbort, type Fault } from '$lib/api/fault'
import type { Page, Query, Row } from '$lib/api/types'

/** A little more than a screenful: who asks for more waits for it. */
export const pageSize = 50
/** So many rows before the view reaches a page that page is asked for. */
const ahead = pageSize / 2
const mostPages = 48
const mostAtOnce = 1000

type Fetch = (query: Query, offset: number, limit: number, signal: AbortSignal) => Promise<Page>

/**
 * The rows of a list of any length, of which only the pages near the view are held. What is shown stays until what
 * replaces it has come: neither a new search nor a refresh empties the view in between.
 */
export class RowWindow {
  #total = $state(0)
  /** A row that is shown is looked at again when its own page changes, not when another comes. */
  readonly #pages = new SvelteMap<number, Row[]>()
  #fault = $state.raw<Fault>()
  #loaded = $state(false)
  #words = $state('')
  #query: Query = {}
  #readAt = -Infinity
  #generation = 0
  #fetching = new Map<number, AbortController>()
  /** The list that is about to replace this one. */
  #coming: Promise<boolean> | undefined
  #view: [number, number] = [0, 0]
  #first = 0
  #fetch: Fetch

  constructor(collection: string, fetch?: Fetch) {
    this.#fetch =
      fetch ?? ((query, offset, limit, signal) => backend.list(collection, query, { offset, limit }, signal))
  }

  get total(): number {
    return this.#total
  }
  get loaded(): boolean {
    return this.#loaded
  }
  get fault(): Fault | undefined {
    return this.#fault
  }

  /** The words that the rows were found by: while others are being looked for, still those. */
  get words(): string {
    return this.#words
  }
  /** When the rows were asked for, as performance.now() tells it. */
  get readAt(): number {
    return this.#readAt
  }

  row(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize]
  }

  /** Whether any list was asked for yet. */
  get asked(): boolean {
    return this.#generation > 0
  }

  /** Whether it holds the rows of that very list. */
  shows(query: Query): boolean {
    return this.#loaded && !this.#fault && JSON.stringify(query) === JSON.stringify(this.#query)
  }

  /** The position of a record among the held rows; -1 if it is not among them. */
  indexOf(id: string): number {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((r) => r.id === id)
      if (at >= 0) return page * pageSize + at
    }
    return -1
  }

  /** Shows another list. It resolves once the first rows are there, or another query has taken over. */
  async ask(query: Query): Promise<boolean> {
    this.#query = query
    this.#view = [0, 0]
    return this.#reload(0, 0)
  }

  /**
   * Reads again what is in view, after a change elsewhere. In place, rows that are shown become newer but none comes,
   * goes or moves: for while a cell is being edited.
   */
  async refresh(inPlace = false): Promise<boolean> {
    if (!inPlace) return this.#reload(...this.#view)
    const [from, to] = this.#view
    const limit = (to - from + 1) * pageSize
    try {
      const page = await this.#fetch(this.#query, from * pageSize, limit, new AbortController().signal)
      this.patch(page.records)
    } catch {
      // The rows stay as they are; they are read again when the editing ends.
    }
    return false
  }

  /** Says which rows are in view, so that they are fetched if they are not held, and those that come next. */
  need(first: number, last: number): void {
    const from = Math.max(0, Math.floor(first / pageSize))
    const to = Math.floor(Math.max(first, last) / pageSize)
    const moved = first - this.#first
    this.#view = [from, to]
    this.#first = first
    for (const [page, abort] of this.#fetching) if (page < from - 1 || page > to + 1) abort.abort()
    const passes = Math.abs(moved) < pageSize // a leap says nothing about where one goes next
    const before = passes && moved < 0 ? Math.max(0, Math.floor((first - ahead) / pageSize)) : from
    const after = passes && moved > 0 ? Math.floor((Math.max(first, last) + ahead) / pageSize) : to
    for (let page = before; page <= after; page++) {
      if (!this.#pages.has(page) && !this.#fetching.has(page) && page * pageSize < this.#total)
        void this.#add(page)
    }
  }

  /**
   * The rows of a range, also those that are not held: for copying and changing more than is in view. Of a list that is
   * being asked for, they are those of that one; of one that could not be read there are none.
   */
  async range(from: number, to: number): Promise<Row[]> {
    while (this.#coming) await this.#coming
    if (this.#fault) return []
    const last = Math.min(to, this.#total - 1)
    const query = this.#query
    const out: Row[] = []
    for (let at = from; at <= last;) {
      const held = this.row(at)
      if (held) {
        out.push(held)
        at++
        continue
      }
      const limit = Math.min(mostAtOnce, last - at + 1)
      const page = await this.#fetch(query, at, limit, new AbortController().signal)
      if (page.records.length === 0) break
      out.push(...page.records)
      at += page.records.length
    }
    return out
  }

  /** Replaces held rows by newer ones of the same records, where they are. */
  patch(rows: Row[]): void {
    const newer = new Map(rows.map((r) => [r.id, r]))
    for (const [page, held] of this.#pages) {
      if (!held.some((r) => newer.has(r.id))) continue
      this.#pages.set(
        page,
        held.map((r) => newer.get(r.id) ?? r),
      )
    }
  }

  async #reload(from: number, to: number): Promise<boolean> {
    const coming = this.#load(from, to)
    this.#coming = coming
    const taken = await coming
    if (this.#coming === coming) this.#coming = undefined
    return taken
  }

  async #load(from: number, to: number): Promise<boolean> {
    const generation = ++this.#generation
    this.#fetching.forEach((abort) => abort.abort())
    this.#fetching.clear()
    const abort = new AbortController()
    this.#fetching.set(-1, abort)
    const now = performance.now()
    try {
      const limit = (to - from + 1) * pageSize
      const page = await this.#fetch(this.#query, from * pageSize, limit, abort.signal)
      if (generation !== this.#generation) return false
      this.#take(page, from, to)
      this.#readAt = now
      return true
    } catch (thrown) {
      if (isAbort(thrown) || generation !== this.#generation) return false
      this.#fault = faultOf(thrown)
      this.#loaded = true
      return true
    } finally {
      if (this.#fetching.get(-1) === abort) this.#fetching.delete(-1)
    }
  }

  #take(page: Page, from: number, to: number): void {
    for (const p of [...this.#pages.keys()]) if (p < from || p > to) this.#pages.delete(p)
    for (let p = from; p <= to; p++) {
      this.#pages.set(p, page.records.slice((p - from) * pageSize, (p - from + 1) * pageSize))
    }
    this.#total = page.total
    this.#words = this.#query.q ?? ''
    this.#fault = undefined
    this.#loaded = true
  }

  async #add(page: number): Promise<void> {
    const generation = this.#generation
    const abort = new AbortController()
    this.#fetching.set(page, abort)
    try {
      const got = await this.#fetch(this.#query, page * pageSize, pageSize, abort.signal)
      if (generation !== this.#generation) return
      this.#total = got.total
      this.#pages.set(page, got.records)
      this.#prune()
    } catch (thrown) {
      if (!isAbort(thrown) && generation === this.#generation) this.#fault = faultOf(thrown)
    } finally {
      if (this.#fetching.get(page) === abort) this.#fetching.delete(page)
    }
  }

  /** Lets go of the pages farthest from the view. */
  #prune(): void {
    const middle = (this.#view[0] + this.#view[1]) / 2
    const far = [...this.#pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle))
    for (const page of far.slice(0, Math.max(0, far.length - mostPages))) this.#pages.delete(page)
  }
}
