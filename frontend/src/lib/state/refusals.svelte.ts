import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { Edit, PendingEdit, Reason, Row } from '$lib/api/types'
import { drafts } from './drafts'
import { live } from './live.svelte'
import { session } from './session.svelte'
import { keep, recall } from './storage'

/** Edits that were made as one step at the console and that the server refused as one. */
interface Refused {
  id: string
  at: number
  reason: Reason
  edits: Edit[]
  titles: string[]
  from: Row['fields'][]
}

/** So many steps are kept, the latest ones, and of a step so many edits; a larger one is made again where it was made. */
const mostSteps = 50
const mostEdits = 200

/**
 * A laptop keeps what the server refused among its own edits. The console has no edits of its own: what was refused
 * there is kept here, for the person who made it, until they mend it, send it again or give it up.
 */
class Refusals {
  #all = $state.raw<Refused[]>([])

  /** Reads what this person has. */
  restore(): void {
    this.#all = session.isOffice ? recall<Refused[]>(this.#key, []) : []
  }

  /** As edits among others that wait, the oldest first. */
  get edits(): PendingEdit[] {
    return this.#all.flatMap((r) =>
      r.edits.map((e, i) => ({
        op: `${r.id}.${i}`,
        group: r.id,
        kind: e.kind,
        collection: e.collection,
        id: e.id ?? '',
        network: e.network,
        title: r.titles[i] ?? '',
        at: r.at,
        status: 'rejected' as const,
        reason: r.reason,
        changes: Object.fromEntries(
          Object.entries(e.fields ?? {}).map(([name, to]) => [name, { from: r.from[i]?.[name] ?? null, to }]),
        ),
      })),
    )
  }

  /** Keeps a step that was refused, unless it is one to mend where it was typed. */
  note(edits: Edit[], rows: Pick<Row, 'title' | 'fields'>[], fault: Fault): void {
    if (!session.isOffice || edits.length > mostEdits || !isJudgment(fault, edits)) return
    const { code, message } = fault
    const refused: Refused = {
      id: `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`,
      at: Date.now(),
      reason: { code, message },
      edits,
      titles: rows.map((r) => r.title),
      from: rows.map((r, i) => pick(r.fields, Object.keys(edits[i]?.fields ?? {}))),
    }
    this.#put([...this.#besides(edits), refused].slice(-mostSteps))
  }

  /** A step was accepted: what was refused of the same before is mended by it. */
  mended(edits: Edit[]): void {
    const left = this.#besides(edits)
    if (left.length < this.#all.length) this.#put(left)
  }

  /** The steps that are not made again by these edits. */
  #besides(edits: Edit[]): Refused[] {
    return this.#all.filter((r) => !r.edits.every((e) => edits.some((made) => covers(made, e))))
  }

  /** Sends a step again; false when it was refused again, with the reason why. */
  async retry(id: string): Promise<boolean> {
    const step = this.#all.find((r) => r.id === id)
    if (!step) return true
    try {
      const deletions = step.edits.filter((e) => e.kind === 'delete').length
      const { records } = await backend.edit(step.edits, deletions)
      this.drop(id)
      live.saved(records)
      return true
    } catch (thrown) {
      const { code, message } = faultOf(thrown)
      this.#put(this.#all.map((r) => (r.id === id ? { ...r, reason: { code, message } } : r)))
      return false
    }
  }

  /** Gives a step up, with what was left typed of it. The returned function takes that back. */
  drop(id: string): () => void {
    const before = this.#all.find((r) => r.id === id)
    this.#put(this.#all.filter((r) => r.id !== id))
    for (const e of before?.edits ?? [])
      for (const name of Object.keys(e.fields ?? {}))
        drafts.keep(`draft.${e.collection}.${e.id ?? ''}.${name}`, undefined)
    return () => before && this.#put([...this.#all, before].toSorted((a, b) => a.at - b.at))
  }

  get #key(): string {
    return `refused.${session.user?.email ?? ''}`
  }
  #put(all: Refused[]): void {
    this.#all = all
    keep(this.#key, all.length > 0 ? all : undefined)
    live.touch('pending')
  }
}

/**
 * Whether the server judged the step and refused it. What it says of a field is mended in the field, which keeps what
 * was typed; and what it asks, or did not answer, is no judgment.
 */
function isJudgment(fault: Fault, edits: Edit[]): boolean {
  const aboutField = edits.some((e) => fault.field !== '' && fault.field in (e.fields ?? {}))
  const refused = fault.status === 403 || fault.status === 404 || fault.status === 409 || fault.status === 422
  return refused && !aboutField && fault.code !== 'many_deletions'
}

const covers = (made: Edit, e: Edit): boolean =>
  made.id === e.id &&
  made.kind === e.kind &&
  Object.keys(e.fields ?? {}).every((n) => n in (made.fields ?? {}))

const pick = (fields: Row['fields'], names: string[]): Row['fields'] =>
  Object.fromEntries(names.map((name) => [name, fields[name] ?? null]))

export const refusals = new Refusals()
