import { beforeEach, describe, expect, it } from 'vitest'
import { installFake, type Fake } from '../../test/install'
import type { Field, Row, Value } from '$lib/api/types'
import { editor } from '$lib/state/editor.svelte'
import { schema } from '$lib/state/schema.svelte'
import { Draft } from './draft.svelte'
import { NewRecord } from './newrecord.svelte'

const kept = new Map<string, string>()
globalThis.localStorage = {
  getItem: (k: string) => kept.get(k) ?? null,
  setItem: (k: string, v: string) => void kept.set(k, v),
  removeItem: (k: string) => void kept.delete(k),
} as Storage

let fake: Fake
let row: Row
beforeEach(() => {
  kept.clear()
  fake = installFake()
  row = structuredClone(fake.register.select('organization', {})[7] as Row)
})

function draftOf(name: string, save?: (row: Row, value: Value) => Promise<unknown>): Draft {
  const field = schema.field('organization', name) as Field
  return new Draft({
    field: () => field,
    row: () => row,
    save: save ?? (async (seen, value) => (row = await editor.update(seen, { [name]: value }))),
  })
}
const pause = (ms: number) => new Promise((r) => setTimeout(r, ms))

describe('Draft', () => {
  it('shows the value, then what is typed, and saves on leaving', async () => {
    const draft = draftOf('acronym')
    draft.type('NUEVA')
    expect(draft.text).toBe('NUEVA')
    expect(await draft.leave()).toBe(true)
    expect(fake.register.get(row.id).fields.acronym).toBe('NUEVA')
    expect(draft.dirty).toBe(false)
  })

  it('saves nothing when nothing changed', async () => {
    const draft = draftOf('name')
    draft.type(String(row.fields.name))
    await draft.leave()
    expect(fake.calls).toEqual([])
  })

  it('keeps a refused text with the reason, until it is mended or given up', async () => {
    const draft = draftOf('flo_id')
    draft.type('12x')
    expect(await draft.leave()).toBe(false)
    expect(draft.text).toBe('12x')
    expect(draft.fault?.code).toBe('bad_flo_id')
    draft.cancel()
    expect(draft.fault).toBeUndefined()
    expect(draft.text).toBe(String(row.fields.flo_id ?? ''))
  })

  it('outlives a power cut', async () => {
    draftOf('notes').type('lo que iba a decir')
    await pause(300)
    const found = draftOf('notes')
    expect(found.text).toBe('lo que iba a decir')
    expect(found.recovered).toBe(true)
    await found.leave()
    expect(draftOf('notes').recovered).toBe(false)
  })

  it('is not touched by news of the record, and is saved over the version that was seen', async () => {
    const bases: number[] = []
    const draft = draftOf('acronym', async (seen) => bases.push(seen.version))
    const seen = row.version
    draft.type('MÍA')
    row = { ...row, version: row.version + 3, fields: { ...row.fields, acronym: 'DE OTRA' } }
    expect(draft.text).toBe('MÍA')
    await draft.leave()
    expect(bases).toEqual([seen])
  })

  it('keeps what is typed while the last text is being saved', async () => {
    const draft = draftOf('acronym', () => pause(20))
    draft.type('A')
    const saving = draft.leave()
    draft.type('AB')
    await saving
    expect(draft.text).toBe('AB')
  })
})

describe('NewRecord', () => {
  it('is created whole, with what is still being typed', async () => {
    const record = new NewRecord('contact', 'PE', row.id, { organization: row.id })
    record.type('name', 'Rosa Ñaupari')
    record.set('gender', 'woman')
    const made = await record.create()
    expect(made?.fields).toMatchObject({ name: 'Rosa Ñaupari', gender: 'woman', organization: row.id })
  })

  it('keeps everything when it is refused, and names the field', async () => {
    const record = new NewRecord('organization', 'PE', '')
    record.type('name', 'Coop')
    record.type('flo_id', 'abc')
    expect(await record.create()).toBeUndefined()
    expect(record.faultField).toBe('flo_id')
    expect(record.text('name')).toBe('Coop')
  })

  it('outlives a power cut, until it is saved or given up', () => {
    new NewRecord('organization', 'PE', '').type('name', 'A medias')
    const again = new NewRecord('organization', 'PE', '')
    expect(again.text('name')).toBe('A medias')
    again.forget()
    expect(new NewRecord('organization', 'PE', '').text('name')).toBe('')
  })
})
