import { backend } from '$lib/api/backend'
import { faultOf } from '$lib/api/fault'
import type { Edit, Row, Values } from '$lib/api/types'
import { nameOf } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { live } from './live.svelte'
import { notices } from './notices.svelte'
import { refusals } from './refusals.svelte'
import { fieldName } from './schema.svelte'

/** Something that was done, and what does it again or takes it back; both throw when they are refused. */
export interface Step {
  label: string
  at: number
  again: () => Promise<unknown>
  back: () => Promise<unknown>
}

const depth = 200

/** How many records are deleted at once without asking; the register refuses more that nobody was told of. */
export const askAbove = 20

/** Saves edits, and remembers how to take each back. */
class Editor {
  #past = $state.raw<Step[]>([])
  #future = $state.raw<Step[]>([])
  #saving = $state(0)
  #versions = new Map<string, number>()
  #notice = 0

  /** What was done since the interface was opened, on whatever screen, the last thing first. */
  get history(): Step[] {
    return [...this.#past].reverse()
  }
  get canUndo(): boolean {
    return this.#past.length > 0
  }
  get canRedo(): boolean {
    return this.#future.length > 0
  }
  /** Whether something is on its way to the disk or the server. */
  get saving(): boolean {
    return this.#saving > 0
  }

  /** Changes fields of one record. It throws the fault when the change is refused; nothing is changed then. */
  async update(row: Row, fields: Values): Promise<Row> {
    return only(await this.updateAll([{ row, fields }]))
  }

  /** Changes several records as one step: all or none. */
  async updateAll(changes: { row: Row; fields: Values }[]): Promise<Row[]> {
    const again = changes.map(({ row, fields }) => updateOf(row, fields))
    const back = changes.map(({ row, fields }) => updateOf(row, previous(row, fields)))
    const rows = await this.#make(
      again,
      changes.map((c) => c.row),
    )
    this.#edited(labelOf(changes), again, back)
    return rows
  }

  async create(collection: string, network: string, fields: Values): Promise<Row> {
    const row = only(await this.#send([{ kind: 'create', collection, network, fields }]))
    const label = m.undo_created({ what: nameOf(row) })
    this.#edited(label, [flip('restore', row)], [flip('delete', row)])
    return row
  }

  /** Creates several records as one step, named for the person. */
  async createAll(collection: string, network: string, all: Values[], label: string): Promise<Row[]> {
    const rows = await this.#send(all.map((fields) => ({ kind: 'create', collection, network, fields })))
    this.#edited(
      label,
      rows.map((r) => flip('restore', r)),
      rows.map((r) => flip('delete', r)),
    )
    return rows
  }

  /** Deletes records. Whoever calls it has asked, where there are more than askAbove. */
  async remove(...rows: Row[]): Promise<void> {
    const [first] = rows
    if (!first) return
    const label =
      rows.length === 1
        ? m.undo_deleted({ what: nameOf(first) })
        : m.undo_deleted_many({ count: rows.length, n: rows.length })
    const again = rows.map((r) => flip('delete', r))
    await this.#make(again, rows)
    this.#edited(
      label,
      again,
      rows.map((r) => flip('restore', r)),
    )
  }

  /** Takes a deletion back that was made some other time. */
  async undelete(row: Row): Promise<Row> {
    const again = flip('restore', row)
    const back = only(await this.#make([again], [row]))
    this.#edited(m.undo_restored({ what: nameOf(row) }), [again], [flip('delete', back)])
    return back
  }

  async undo(): Promise<void> {
    const step = this.#past.at(-1)
    if (!step || !(await this.#try(step.back))) return
    this.#past = this.#past.filter((s) => s !== step)
    this.#future = [...this.#future, step]
    notices.dismiss(this.#notice)
    this.#notice = notices.say(m.undo_done({ what: step.label }))
  }

  async redo(): Promise<void> {
    const step = this.#future.at(-1)
    if (!step || !(await this.#try(step.again))) return
    this.#future = this.#future.filter((s) => s !== step)
    this.#past = [...this.#past, step]
    notices.dismiss(this.#notice)
    this.#notice = notices.say(m.redo_done({ what: step.label }))
  }

  /** Takes back one thing out of several: the others stay. */
  async undoOnly(step: Step): Promise<void> {
    this.#past = [...this.#past.filter((s) => s !== step), step]
    await this.undo()
  }

  /** Sends what a person does to records for the first time: what is refused is not forgotten. */
  async #make(edits: Edit[], rows: Row[]): Promise<Row[]> {
    try {
      const saved = await this.#send(edits)
      refusals.mended(edits)
      return saved
    } catch (thrown) {
      refusals.note(edits, rows, faultOf(thrown))
      throw thrown
    }
  }

  #edited(label: string, again: Edit[], back: Edit[]): void {
    this.did(
      label,
      () => this.#send(again),
      () => this.#send(back),
    )
  }

  /** Notes something that was done by other means than an edit, so that it is taken back like one. */
  did(label: string, again: Step['again'], back: Step['back']): void {
    const step: Step = { label, at: Date.now(), again, back }
    this.#past = [...this.#past, step].slice(-depth)
    this.#future = []
    // The button belongs to its own step, even if others came after it. One notice at a time: earlier steps are undone with Ctrl-Z.
    notices.dismiss(this.#notice)
    this.#notice = notices.say(step.label, 'plain', {
      label: m.undo(),
      run: () => void this.undoOnly(step),
    })
  }

  async #try(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action()
      return true
    } catch (thrown) {
      notices.say(faultOf(thrown).message, 'bad')
      return false
    }
  }

  /** Edits a record at the version this interface last saw it in, which may be newer than when a step was made. */
  async #send(edits: Edit[]): Promise<Row[]> {
    this.#saving++
    try {
      const deletions = edits.filter((e) => e.kind === 'delete').length
      const { records } = await backend.edit(
        edits.map((e) => this.#rebase(e)),
        deletions,
      )
      records.forEach((r) => this.#versions.set(r.id, r.version))
      live.saved(
        records,
        edits.every((e) => e.kind === 'update'),
      )
      return records
    } finally {
      this.#saving--
    }
  }

  #rebase(edit: Edit): Edit {
    const seen = this.#versions.get(edit.id ?? '')
    return seen !== undefined && edit.base !== undefined && seen > edit.base ? { ...edit, base: seen } : edit
  }
}

function only(rows: Row[]): Row {
  const [row] = rows
  if (!row) throw new Error('no record came back')
  return row
}

const updateOf = (row: Row, fields: Values): Edit => editOf({ row, fields })

/** A change of a record's fields, as the register takes it. */
export const editOf = ({ row, fields }: { row: Row; fields: Values }): Edit => ({
  kind: 'update',
  collection: row.collection,
  network: row.network,
  id: row.id,
  base: row.version,
  fields,
})

const flip = (kind: 'delete' | 'restore', row: Row): Edit => ({
  kind,
  collection: row.collection,
  network: row.network,
  id: row.id,
  base: row.version,
})

/** What the fields that are about to change hold now. */
export function previous(row: Row, fields: Values): Values {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, row.fields[name] ?? null]))
}

function labelOf(changes: { row: Row; fields: Values }[]): string {
  const [first] = changes
  if (!first) return ''
  const names = Object.keys(first.fields)
  if (changes.length > 1) return m.undo_changed_many({ count: changes.length, n: changes.length })
  if (names.length > 1) return m.undo_changed({ what: nameOf(first.row) })
  return m.undo_changed_field({
    field: fieldName(first.row.collection, names[0] ?? ''),
    what: nameOf(first.row),
  })
}

export const editor = new Editor()
