/** Whether the palette is open; any part of the interface may open it. */
class PaletteDoor {
  #open = $state(false)

  get open(): boolean {
    return this.#open
  }
  set open(open: boolean) {
    this.#open = open
  }
  toggle(): void {
    this.#open = !this.#open
  }
}

export const palette = new PaletteDoor()
