import { beforeEach, describe, expect, it } from 'vitest'
import { installFake, type Fake } from '../../test/install'
import type { Row } from '$lib/api/types'
import { editor } from './editor.svelte'
import { live } from './live.svelte'
import { notices } from './notices.svelte'

let fake: Fake
let org: Row
beforeEach(() => {
  fake = installFake()
  org = structuredClone(fake.register.select('organization', { sort: 'name' })[5] as Row)
})
const now = (id = org.id) => fake.register.get(id)

describe('editor', () => {
  it('saves a change, tells the screens, and offers to take it back', async () => {
    const told: Row[] = []
    const stop = live.onSaved((rows) => told.push(...rows))
    await editor.update(org, { acronym: 'NUEVA' })
    stop()
    expect(now().fields.acronym).toBe('NUEVA')
    expect(told.map((r) => r.id)).toEqual([org.id])
    expect(notices.all.at(-1)?.action?.label).toBe('Deshacer')
  })

  it('undoes and redoes changes', async () => {
    const before = org.fields.acronym ?? null
    await editor.update(org, { acronym: 'UNO' })
    await editor.undo()
    expect(now().fields.acronym ?? null).toBe(before)
    await editor.redo()
    expect(now().fields.acronym).toBe('UNO')
  })

  it('undoes a creation, a deletion, and a change of many', async () => {
    const made = await editor.create('contact', 'PE', { name: 'Rosa', organization: org.id })
    await editor.undo()
    expect(now(made.id).deleted).toBe(true)
    await editor.redo()
    expect(now(made.id).deleted).toBe(false)

    await editor.remove(org)
    expect(now().deleted).toBe(true)
    await editor.undo()
    expect(now().deleted).toBe(false)

    const two = fake.register.select('organization', {}).slice(0, 2)
    const were = two.map((r) => r.fields.status)
    await editor.updateAll(two.map((row) => ({ row: structuredClone(row), fields: { status: 'dissolved' } })))
    await editor.undo()
    expect(two.map((r) => r.fields.status)).toEqual(were)
  })

  it('edits over the newest version it has seen itself', async () => {
    await editor.update(org, { acronym: 'A' })
    const version = now().version
    await editor.update(org, { acronym: 'B' }) // with the row as it was before
    expect(now().version).toBe(version + 1)
  })

  it('lets a refusal through and remembers nothing of it', async () => {
    const couldUndo = editor.canUndo
    await expect(editor.update(org, { flo_id: '12x' })).rejects.toMatchObject({
      code: 'bad_flo_id',
      field: 'flo_id',
    })
    expect(editor.canUndo).toBe(couldUndo)
    expect(now().fields.flo_id).toBe(org.fields.flo_id)
  })

  it('keeps a step that could not be undone, and says why', async () => {
    await editor.update(org, { acronym: 'X' })
    fake.away = true
    await editor.undo()
    expect(notices.all.at(-1)?.tone).toBe('bad')
    fake.away = false
    await editor.undo()
    expect(now().fields.acronym ?? null).toBe(org.fields.acronym ?? null)
  })
})
