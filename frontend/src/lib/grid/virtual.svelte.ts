interface Options {
  count: () => number
  rowHeight: () => number
  /** What sticks to the top of the scrolled area and hides what is under it. */
  headerHeight: number
  /** The size that the scrolled element is going to have, about: so that its rows are drawn together with it. */
  size?: { width: number; height: number }
}

interface Item {
  index: number
  /** Which of the drawn rows shows it: one that leaves the view is taken for one that comes into it. */
  slot: number
  /** Where the row begins in what is scrolled, in pixels. */
  start: number
}

/** So many rows are there beyond both ends of the view. */
const overscan = 8

/** Browsers make nothing higher than about 33 million pixels: 900,000 rows. More rows move faster than what is scrolled. */
const highest = 30_000_000

/**
 * The rows of a long list that are in view, all of the same height: nothing is computed for each of a hundred thousand.
 * Attach it to the scrolled element.
 */
export class VirtualRows {
  #element: HTMLElement | undefined
  /** The items as they were last: a row that stays where it is stays what it is, and nothing of it is drawn anew. */
  #drawn = new Map<number, Item>()
  #scrolled = $state(0)
  #across = $state(0)
  #width = $state(0)
  #height = $state(0)
  #settled = $state(false)
  readonly #spare = $derived(this.#settled ? overscan : 0)
  readonly #whole = $derived.by(() => this.#start(this.options.count()))
  /** How far rows move for a pixel that is scrolled. */
  readonly #pace = $derived(
    this.#whole > highest ? (this.#whole - this.#height) / (highest - this.#height) : 1,
  )
  /** How far the rows are ahead of what was scrolled. */
  readonly #ahead = $derived((this.#pace - 1) * this.#scrolled)
  readonly #first = $derived(this.#clamped(this.#rowAt(this.#top) - this.#spare))
  /** So many rows cover the view, wherever it begins: always as many, so that none is made anew while it scrolls. */
  readonly #cover = $derived.by(() => Math.ceil(this.#height / this.options.rowHeight()))
  readonly #last = $derived(this.#clamped(this.#rowAt(this.#top) + this.#cover + this.#spare))
  readonly #items = $derived(this.#between(this.#first, this.#last))

  constructor(private options: Options) {
    this.#width = options.size?.width ?? 0
    this.#height = options.size?.height ?? 0
  }

  get items(): Item[] {
    return this.#items
  }
  /** The height of what is scrolled, in pixels: of all rows together with the header, as far as there can be such a thing. */
  get height(): number {
    return Math.min(this.#whole, highest)
  }
  get range(): { first: number; last: number } {
    return { first: this.#first, last: this.#last }
  }
  /** The width of the scrolled element, in pixels. */
  get roomAcross(): number {
    return this.#width
  }
  /** How far it is scrolled to the right. */
  get across(): number {
    return this.#across
  }
  /** Its height. */
  get roomDown(): number {
    return this.#height
  }

  /** Whether what is in view was drawn: what is out of it is drawn after that. */
  get settled(): boolean {
    return this.#settled
  }

  attach = (element: HTMLElement): (() => void) => {
    this.#element = element
    const scrolled = () => {
      this.#scrolled = element.scrollTop
      this.#across = element.scrollLeft
    }
    let frame = 0
    const sized = new ResizeObserver(() => {
      this.#width = element.clientWidth
      this.#height = element.clientHeight
      frame ||= requestAnimationFrame(() => (this.#settled = true))
    })
    element.addEventListener('scroll', scrolled, { passive: true })
    sized.observe(element)
    return () => {
      cancelAnimationFrame(frame)
      element.removeEventListener('scroll', scrolled)
      sized.disconnect()
      this.#element = undefined
    }
  }

  /** Scrolls just enough to show a row. */
  show(index: number): void {
    const top = this.#start(index)
    const bottom = top + this.options.rowHeight()
    if (top < this.#top + this.options.headerHeight) this.#scroll(top - this.options.headerHeight)
    else if (bottom > this.#top + this.#height) this.#scroll(bottom - this.#height)
  }
  top(): void {
    if (this.#scrolled > 0) this.#scroll(0)
  }

  /** Where the view begins among all rows. */
  get #top(): number {
    return this.#scrolled + this.#ahead
  }
  #scroll(to: number): void {
    if (!this.#element) return
    this.#element.scrollTop = to / this.#pace
    this.#scrolled = this.#element.scrollTop
  }

  #start(index: number): number {
    return this.options.headerHeight + index * this.options.rowHeight()
  }
  /** Which row is at a height, or would be. */
  #rowAt(top: number): number {
    return Math.floor((top - this.options.headerHeight) / this.options.rowHeight())
  }
  #clamped(row: number): number {
    return Math.max(0, Math.min(row, this.options.count() - 1))
  }
  #between(from: number, to: number): Item[] {
    const before = this.#drawn
    const slots = this.#cover + 1 + 2 * overscan
    this.#drawn = new Map()
    for (let index = from; index <= to && index < this.options.count(); index++) {
      const start = this.#start(index) - this.#ahead
      const same = before.get(index)
      const slot = index % slots
      const stays = same?.start === start && same.slot === slot
      this.#drawn.set(index, stays ? same : { index, start, slot })
    }
    return [...this.#drawn.values()]
  }
}
