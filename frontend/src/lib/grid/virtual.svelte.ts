import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'
import type { VirtualItem } from '@tanstack/virtual-core'

interface Options {
  count: () => number
  rowHeight: () => number
  /** What sticks to the top of the scrolled area and hides what is under it. */
  headerHeight: number
  overscan?: number
}

/** The rows of a long list that are in view: TanStack Virtual under runes. Attach it to the scrolled element. */
export class VirtualRows {
  #items = $state.raw<VirtualItem[]>([])
  #height = $state(0)
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | undefined

  constructor(private options: Options) {}

  get items(): VirtualItem[] {
    return this.#items
  }
  /** The height of all rows together, in pixels. */
  get height(): number {
    return this.#height
  }
  get range(): { first: number; last: number } {
    return { first: this.#items[0]?.index ?? 0, last: this.#items.at(-1)?.index ?? 0 }
  }

  attach = (element: HTMLElement): (() => void) => {
    const settings = () => ({
      count: this.options.count(),
      estimateSize: this.options.rowHeight,
      overscan: this.options.overscan ?? 8,
      scrollPaddingStart: this.options.headerHeight,
      scrollMargin: 0,
      paddingStart: this.options.headerHeight,
      getScrollElement: () => element,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => this.#read(),
    })
    const virtualizer = new Virtualizer<HTMLElement, HTMLElement>(settings())
    this.#virtualizer = virtualizer
    const unmount = virtualizer._didMount()
    $effect(() => {
      const height = this.options.rowHeight()
      virtualizer.setOptions({ ...settings(), estimateSize: () => height })
      virtualizer.measure()
      virtualizer._willUpdate()
      this.#read()
    })
    return () => {
      unmount()
      this.#virtualizer = undefined
    }
  }

  /** Scrolls just enough to show a row. */
  show(index: number): void {
    this.#virtualizer?.scrollToIndex(index, { align: 'auto' })
  }
  top(): void {
    this.#virtualizer?.scrollToOffset(0)
  }

  #read(): void {
    this.#items = this.#virtualizer?.getVirtualItems() ?? []
    this.#height = this.#virtualizer?.getTotalSize() ?? 0
  }
}
