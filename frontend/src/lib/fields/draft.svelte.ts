import { faultOf, type Fault } from '$lib/api/fault'
import type { Field, Row, Value } from '$lib/api/types'
import { read, same, write } from '$lib/format/value'
import { drafts } from '$lib/state/drafts'

interface Options {
  field: () => Field
  row: () => Row
  save: (row: Row, value: Value) => Promise<unknown>
}

interface Kept {
  text: string
  version: number
}

const keepAfterMs = 250

/**
 * What a person is typing into one field of a record, from the first key until it is saved. It outlives a power cut,
 * and a refused value stays as it was typed, with what is wrong with it. While it differs from what is saved, news
 * of the record do not touch it; it is saved over the version that the person saw when they began.
 */
export class Draft {
  #text = $state<string>()
  #fault = $state.raw<Fault>()
  #saving = $state(false)
  #recovered = $state(false)
  #began: Row | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private options: Options) {
    const kept = drafts.recall<Kept>(this.#key)
    if (!kept) return
    if (kept.text === this.#savedText) drafts.keep(this.#key, undefined)
    else {
      this.#text = kept.text
      this.#recovered = true
      this.#began = { ...options.row(), version: kept.version }
    }
  }

  get text(): string {
    return this.#text ?? this.#savedText
  }
  /** What was typed and not saved; nothing where nothing was. */
  get typed(): string {
    return this.#text ?? ''
  }
  get dirty(): boolean {
    return this.#text !== undefined
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get saving(): boolean {
    return this.#saving
  }
  /** Whether the text was found again from before, unsaved. */
  get recovered(): boolean {
    return this.#recovered
  }

  type(text: string): void {
    this.#began ??= this.options.row()
    this.#text = text
    this.#recovered = false
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#keep(), keepAfterMs)
  }

  cancel(): void {
    this.#forget()
    this.#fault = undefined
  }

  /** The field was left: saves what was typed. True when nothing unsaved remains. */
  async leave(): Promise<boolean> {
    if (this.#text === undefined) return true
    const value = read(this.options.field(), this.#text)
    return this.#save(value, this.#text)
  }

  /** Saves a value that was chosen rather than typed. */
  async set(value: Value): Promise<boolean> {
    this.#began ??= this.options.row()
    return this.#save(value, this.#text)
  }

  async #save(value: Value, text: string | undefined): Promise<boolean> {
    const row = this.#began ?? this.options.row()
    if (same(value, this.options.row().fields[this.options.field().name])) {
      this.cancel()
      return true
    }
    this.#saving = true
    try {
      await this.options.save(row, value)
      this.#fault = undefined
      if (this.#text === text) this.#forget() // else something was typed meanwhile
      return true
    } catch (thrown) {
      this.#fault = faultOf(thrown)
      this.#keep()
      return false
    } finally {
      this.#saving = false
    }
  }

  get #savedText(): string {
    return write(this.options.field(), this.options.row().fields[this.options.field().name])
  }
  get #key(): string {
    const row = this.options.row()
    return `draft.${row.collection}.${row.id}.${this.options.field().name}`
  }
  #keep(): void {
    clearTimeout(this.#timer)
    if (this.#text === undefined) return
    drafts.keep(this.#key, { text: this.#text, version: this.#began?.version ?? 0 } satisfies Kept)
  }
  #forget(): void {
    clearTimeout(this.#timer)
    this.#text = undefined
    this.#began = undefined
    this.#recovered = false
    drafts.keep(this.#key, undefined)
  }
}
