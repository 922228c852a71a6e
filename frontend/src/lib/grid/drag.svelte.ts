import type { Spot } from './keys'

interface Options {
  scroller: () => HTMLElement
  id: () => string
  to: (spot: Spot) => void
}

const edgePixels = 28
const stepMs = 50

/** Marking a range with the mouse: from where the button went down to the cell it is over, scrolling at the edges. */
export class Drag {
  #timer: ReturnType<typeof setInterval> | undefined
  #x = 0
  #y = 0

  constructor(private options: Options) {}

  begin(): void {
    const move = (e: MouseEvent) => {
      this.#x = e.clientX
      this.#y = e.clientY
      this.#follow()
      this.#timer ??= setInterval(() => this.#scroll(), stepMs)
    }
    document.addEventListener('mousemove', move)
    document.addEventListener(
      'mouseup',
      () => {
        document.removeEventListener('mousemove', move)
        clearInterval(this.#timer)
        this.#timer = undefined
      },
      { once: true },
    )
  }

  /** Goes to the cell under the mouse; cells are named by their place. */
  #follow(): void {
    const cell = document.elementFromPoint(this.#x, this.#y)?.closest('[role=gridcell]')
    const found = new RegExp(`^${this.options.id()}-(\\d+)-(\\d+)$`).exec(cell?.id ?? '')
    if (found) this.options.to({ row: Number(found[1]), col: Number(found[2]) })
  }

  #scroll(): void {
    const scroller = this.options.scroller()
    const box = scroller.getBoundingClientRect()
    if (this.#y > box.bottom - edgePixels) scroller.scrollTop += edgePixels
    else if (this.#y < box.top + 2 * edgePixels) scroller.scrollTop -= edgePixels
    else return
    this.#follow()
  }
}
