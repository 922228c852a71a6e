import type { Row } from '$lib/api/types'
import { rectangle, type Spot } from './keys'

/** A cell that is being edited: it belongs to a record, wherever its row moves meanwhile. */
export interface Editing {
  row: Row
  field: string
  /** What was typed to begin with; it replaces the value. */
  seed?: string
}

/** Where a person is in a grid, what they marked, and which cell they are in. */
export class Cursor {
  /** How far the grid is scrolled down, in pixels, for when it comes back. */
  offset = 0
  #at = $state.raw<Spot>({ row: 0, col: 0 })
  #anchor = $state.raw<Spot>({ row: 0, col: 0 })
  #editing = $state.raw<Editing>()
  #id = ''

  get at(): Spot {
    return this.#at
  }
  get editing(): Editing | undefined {
    return this.#editing
  }
  get range(): ReturnType<typeof rectangle> {
    return rectangle(this.#anchor, this.#at)
  }
  get isRange(): boolean {
    return this.#anchor.row !== this.#at.row || this.#anchor.col !== this.#at.col
  }
  /** The record that the cursor is on, to find it again after rows moved. */
  get id(): string {
    return this.#id
  }

  move(to: Spot, extend = false, id = ''): void {
    this.#at = to
    if (!extend) this.#anchor = to
    this.#id = id
  }
  /** Keeps to a record whose row moved. */
  follow(row: number): void {
    if (row === this.#at.row) return
    const by = row - this.#at.row
    this.#at = { ...this.#at, row }
    this.#anchor = { ...this.#anchor, row: Math.max(0, this.#anchor.row + by) }
  }
  collapse(): void {
    this.#anchor = this.#at
  }
  edit(editing: Editing): void {
    this.#editing = editing
  }
  stopEditing(): void {
    this.#editing = undefined
  }
  /** Whether a cell is among those marked, or any of a row's is. */
  isIn(row: number, col = this.range.left): boolean {
    const r = this.range
    return row >= r.top && row <= r.bottom && col >= r.left && col <= r.right
  }
}
