import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { DuplicatePair, Field, MergeCount, MergePreview, MergeSide, Row, Value } from '$lib/api/types'
import { count } from '$lib/format/number'
import { isEmpty, isSet, show } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { editor } from '$lib/state/editor.svelte'
import { live } from '$lib/state/live.svelte'
import { notices } from '$lib/state/notices.svelte'
import { profileSections } from '$screens/organization/sections'

export type Side = 'first' | 'second'
export type Pick = Side | 'both'

const other: Record<Side, Side> = { first: 'second', second: 'first' }

/** Fields that are chosen together: those of a group, or one alone. */
export interface Line {
  key: string
  fields: Field[]
  values: Record<Side, Value[]>
  byDefault: MergeSide
}

/** Two organizations side by side: which of them stays, and whose value each field takes. */
export class Comparison {
  #survivor = $state<Side>('first')
  #picks = $state<Record<string, Pick>>({})
  #preview = $state.raw<MergePreview>()
  #fault = $state.raw<Fault>()
  #merging = $state(false)
  #asked = 0
  #lines = $derived(this.#preview ? linesOf(this.#preview, this.#survivor) : [])

  constructor(readonly pair: DuplicatePair) {
    this.#survivor = filled(pair.second) > filled(pair.first) ? 'second' : 'first'
  }

  get survivor(): Side {
    return this.#survivor
  }
  get stays(): Row {
    return this.pair[this.#survivor]
  }
  get goes(): Row {
    return this.pair[other[this.#survivor]]
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get merging(): boolean {
    return this.#merging
  }
  /** In what they differ; empty until it is known. */
  get lines(): Line[] {
    return this.#lines
  }
  get moves(): MergeCount[] {
    return this.#preview?.moves ?? []
  }
  get loaded(): boolean {
    return this.#preview !== undefined
  }

  /** What a line takes: what the person chose, or else what the register would. */
  pickOf(line: Line): Pick {
    const { key, byDefault } = line
    const chosen = this.#picks[key]
    if (chosen) return chosen
    if (byDefault !== 'both') return byDefault === 'survivor' ? this.#survivor : other[this.#survivor]
    if (allowsBoth(line)) return 'both'
    return isEmpty(line.values.first[0]) ? 'second' : 'first'
  }
  choose(line: Line, pick: Pick): void {
    if (pick === 'both' && !allowsBoth(line)) return
    this.#picks = { ...this.#picks, [line.key]: pick }
  }
  /** Has one stay; what was chosen of the fields stays chosen. */
  keep(side: Side): void {
    if (side === this.#survivor) return
    this.#survivor = side
    void this.load()
  }

  async load(): Promise<void> {
    const asked = ++this.#asked
    try {
      const got = await backend.previewMerge('organization', this.stays.id, this.goes.id)
      if (asked !== this.#asked) return
      this.#preview = got
      this.#fault = undefined
    } catch (thrown) {
      if (asked === this.#asked) this.#fault = faultOf(thrown)
    }
  }

  follow(): () => void {
    return live.follow(['*'], () => void this.load())
  }

  /** Makes one of the two, as a step that can be taken back; it throws the fault when that is refused. */
  async merge(): Promise<void> {
    const side = (pick: Pick): MergeSide =>
      pick === 'both' ? 'both' : pick === this.#survivor ? 'survivor' : 'loser'
    const order = {
      collection: 'organization',
      survivor: this.stays.id,
      loser: this.goes.id,
      take: Object.fromEntries(this.lines.map((l) => [l.key, side(this.pickOf(l))])),
    }
    let merge = ''
    const run = async () => {
      const done = await backend.merge(order)
      merge = done.merge
      live.saved([done.survivor])
    }
    this.#merging = true
    try {
      await run()
    } finally {
      this.#merging = false
    }
    editor.did(m.undo_merged({ gone: this.goes.title, keep: this.stays.title }), run, () => takeBack(merge))
  }
}

async function takeBack(merge: string): Promise<void> {
  const { kept } = await backend.undoMerge(merge)
  if (kept.length > 0) notices.say(m.merge_undo_kept({ count: kept.length, n: count(kept.length) }))
}

/** Of a set of which both have members, those of both can be taken. */
export const allowsBoth = ({ fields: [field], values: { first, second } }: Line): boolean =>
  field !== undefined && isSet(field) && !isEmpty(first[0]) && !isEmpty(second[0])

/** A side of a line as people read it. */
export function textOf({ fields, values }: Line, side: Side): string {
  return fields
    .map((f, i) => show(f, values[side][i]))
    .filter(Boolean)
    .join('\n')
}

const filled = (row: Row): number =>
  profileFields(row.network).filter((f) => show(f, row.fields[f.name]) !== '').length

/** The fields in the order of the profile. */
export const profileFields = (network: string): Field[] => profileSections(network).flatMap((s) => s.fields)

function linesOf({ survivor, loser, differences }: MergePreview, stays: Side): Line[] {
  const differing = new Map(differences.map((d) => [d.field, d.default]))
  const fields = profileFields(survivor.network)
  const lines = new Map<string, Line>()
  for (const field of fields) {
    const byDefault = differing.get(field.name)
    if (!byDefault || lines.has(field.group ?? field.name)) continue
    const group = field.group ? fields.filter((f) => f.group === field.group) : [field]
    const of = (row: Row) => group.map((f) => row.fields[f.name] ?? null)
    lines.set(field.group ?? field.name, {
      key: field.name,
      fields: group,
      values: { [stays]: of(survivor), [other[stays]]: of(loser) } as Record<Side, Value[]>,
      byDefault,
    })
  }
  return [...lines.values()]
}
