import { faultOf, type Fault } from '$lib/api/fault'
import type { Row, Value, Values } from '$lib/api/types'
import { isEmpty, read, write } from '$lib/format/value'
import { editor } from '$lib/state/editor.svelte'
import { schema } from '$lib/state/schema.svelte'
import { drafts } from '$lib/state/drafts'

interface Kept {
  values: Values
  texts: Record<string, string>
}

/** A record that is being filled in and does not exist yet. What is typed outlives a power cut. */
export class NewRecord {
  #values = $state<Values>({})
  #texts = $state<Record<string, string>>({})
  #fault = $state.raw<Fault>()
  #saving = $state(false)

  constructor(
    readonly collection: string,
    public network: string,
    private owner: string,
    private given: Values = {},
  ) {
    const kept = drafts.recall<Kept>(this.#key)
    this.#values = { ...given, ...kept?.values }
    this.#texts = kept?.texts ?? {}
  }

  get fault(): Fault | undefined {
    return this.#fault
  }
  /** The field that the fault is about, if it is one that people see. */
  get faultField(): string {
    const name = this.#fault?.field ?? ''
    return schema.fields(this.collection).some((f) => f.name === name) ? name : ''
  }
  get saving(): boolean {
    return this.#saving
  }

  value(name: string): Value | undefined {
    return this.#values[name]
  }
  text(name: string): string {
    const field = schema.field(this.collection, name)
    return this.#texts[name] ?? (field ? write(field, this.#values[name]) : '')
  }
  typed(name: string): string {
    return this.#texts[name] ?? ''
  }

  type(name: string, text: string): void {
    this.#texts[name] = text
    this.#keep()
  }
  set(name: string, value: Value): void {
    this.#values[name] = value
    this.#texts = Object.fromEntries(Object.entries(this.#texts).filter(([n]) => n !== name))
    if (this.faultField === name) this.#fault = undefined
    this.#keep()
  }
  /** A line was left: what was typed becomes the value. */
  leave(name: string): void {
    const field = schema.field(this.collection, name)
    const text = this.#texts[name]
    if (field && text !== undefined) this.set(name, read(field, text))
  }

  /** Saves it. Undefined when it was refused: the fault says why, and everything typed stays. */
  async create(): Promise<Row | undefined> {
    Object.keys(this.#texts).forEach((name) => this.leave(name))
    const filled = Object.entries($state.snapshot(this.#values)).filter(([, v]) => !isEmpty(v))
    this.#saving = true
    try {
      const row = await editor.create(this.collection, this.network, Object.fromEntries(filled) as Values)
      this.forget()
      return row
    } catch (thrown) {
      this.#fault = faultOf(thrown)
      return undefined
    } finally {
      this.#saving = false
    }
  }

  forget(): void {
    this.#values = { ...this.given }
    this.#texts = {}
    this.#fault = undefined
    drafts.keep(this.#key, undefined)
  }

  get #key(): string {
    return `new.${this.collection}.${this.owner}`
  }
  #keep(): void {
    drafts.keep(this.#key, { values: $state.snapshot(this.#values), texts: $state.snapshot(this.#texts) })
  }
}
