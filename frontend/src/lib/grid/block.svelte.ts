import { backend } from '$lib/api/backend'
import { faultOf } from '$lib/api/fault'
import type { Row, Values } from '$lib/api/types'
import { count } from '$lib/format/number'
import { show } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { putOnClipboard } from '$lib/state/clipboard'
import { editOf } from '$lib/state/editor.svelte'
import { notices } from '$lib/state/notices.svelte'
import type { Column } from './columns.svelte'
import type { Cursor } from './cursor.svelte'
import { fromTSV, toTSV } from './keys'
import { accepted, cellsIn, emptied, filledDown, pasted, type Refusal, type RowChange } from './paste'
import type { RowWindow } from './rows.svelte'

interface Options {
  rows: () => RowWindow
  columns: () => Column[]
  cursor: () => Cursor
  cell: (row: Row, name: string) => string
  mayEdit: (row: Row, field: string) => boolean
  saveMany: (changes: RowChange[]) => Promise<unknown>
}

/** What was found wrong with a change of many cells, before any of it was saved. */
export interface Report {
  refused: Refusal[]
  changes: RowChange[]
  cells: number
  lostRows: number
  lostColumns: number
}

/** As many rows as one step may change: what the register saves at once. */
const mostRows = 5000

/** The marked block of cells: copying, pasting, filling and emptying it, each as one step that can be undone. */
export class Block {
  #report = $state.raw<Report>()

  constructor(private options: Options) {}

  /** What a person must decide about before anything is saved. */
  get report(): Report | undefined {
    return this.#report
  }

  get #range() {
    return this.options.cursor().range
  }
  get #columns(): Column[] {
    return this.options.columns().slice(this.#range.left, this.#range.right + 1)
  }

  async #rows(high = 0): Promise<Row[]> {
    const { top, bottom } = this.#range
    const last = Math.max(bottom, top + high - 1)
    if (last - top >= mostRows) notices.say(m.grid_too_many({ n: count(mostRows) }))
    return this.options.rows().range(top, Math.min(last, top + mostRows - 1))
  }

  /** Puts the marked cells on the clipboard; whether they got there. */
  async copy(e: ClipboardEvent): Promise<boolean> {
    e.preventDefault()
    const { top, bottom } = this.#range
    const rows = this.options.rows()
    const held: Row[] = []
    for (let i = top; i <= Math.min(bottom, top + mostRows - 1); i++) {
      const row = rows.row(i)
      if (row) held.push(row)
    }
    if (held.length === Math.min(bottom, rows.total - 1) - top + 1) {
      e.clipboardData?.setData('text/plain', this.#text(held))
      this.#copied(held)
      return true
    }
    // More than is held: it is read first, and put on the clipboard when it is there.
    return this.#attempt(async () => {
      const all = await this.#rows()
      await putOnClipboard(this.#text(all))
      this.#copied(all)
    })
  }

  #text(rows: Row[]): string {
    const names = this.#columns.map((c) => c.name)
    return toTSV(rows.map((row) => names.map((n) => this.options.cell(row, n))))
  }
  #copied(rows: Row[]): void {
    notices.say(m.grid_copied({ count: rows.length, n: count(rows.length) }))
  }

  /** Only what is on the clipboard is emptied. */
  async cut(e: ClipboardEvent): Promise<void> {
    if (await this.copy(e)) await this.empty()
  }

  async paste(text: string): Promise<void> {
    const cells = fromTSV(text)
    const { top, left, bottom, right } = this.#range
    const marked = { rows: bottom - top + 1, columns: right - left + 1 }
    await this.#attempt(async () => {
      const rows = await this.#rows(cells.length)
      const { columns, mayEdit, cell } = this.options
      const found = pasted(cells, rows, columns().slice(left), mayEdit, cell, marked)
      const fixed = found.fixed.map(({ row, column, text }) => ({
        row,
        column: column.label,
        text,
        reason: m.grid_read_only(),
      }))
      await this.#offer(found.changes, fixed, found.lostRows, found.lostColumns)
    })
  }

  async fillDown(): Promise<void> {
    const { top, bottom } = this.#range
    if (bottom === top) return this.#copyAbove()
    await this.#attempt(async () =>
      this.#offer(filledDown(await this.#rows(), this.#columns, this.options.mayEdit)),
    )
  }

  /** In a single row it takes what is above it, as spreadsheets do. */
  async #copyAbove(): Promise<void> {
    const { top } = this.#range
    if (top === 0) return
    await this.#attempt(async () =>
      this.#offer(
        filledDown(await this.options.rows().range(top - 1, top), this.#columns, this.options.mayEdit),
      ),
    )
  }

  async empty(): Promise<void> {
    await this.#attempt(async () =>
      this.#offer(emptied(await this.#rows(), this.#columns, this.options.mayEdit)),
    )
  }

  /** Saves changes that are all fine; else says what is not, and waits for a decision. */
  async #offer(changes: RowChange[], fixed: Refusal[] = [], lostRows = 0, lostColumns = 0): Promise<void> {
    if (changes.length === 0 && fixed.length === 0) return void notices.say(m.grid_nothing_to_change())
    const { problems } = changes.length > 0 ? await backend.check(changes.map(editOf)) : { problems: [] }
    if (problems.length + fixed.length + lostRows + lostColumns === 0) {
      await this.options.saveMany(changes)
      return
    }
    const refused = problems.flatMap((p) => {
      const change = changes[p.edit]
      return change ? [this.#refusal(change, p.field ?? '', p.message)] : []
    })
    const good = accepted(changes, problems)
    this.#report = {
      refused: [...refused, ...fixed],
      changes: good,
      cells: cellsIn(good),
      lostRows,
      lostColumns,
    }
  }

  #refusal({ row, fields }: RowChange, name: string, reason: string): Refusal {
    const column = this.options.columns().find((c) => c.name === name)
    return { row, column: column?.label ?? '', text: shownText(column, fields, name), reason }
  }

  /** Saves what can be saved of a reported change. */
  async accept(): Promise<void> {
    const changes = this.#report?.changes ?? []
    this.#report = undefined
    await this.#attempt(async () => {
      if (changes.length > 0) await this.options.saveMany(changes)
    })
  }
  drop(): void {
    this.#report = undefined
  }

  async #attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action()
      return true
    } catch (thrown) {
      notices.say(faultOf(thrown).message, 'bad')
      return false
    }
  }
}

function shownText(column: Column | undefined, fields: Values, name: string): string {
  const value = fields[name]
  return value === null ? '' : show(column?.field, value)
}
