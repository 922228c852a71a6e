import { beforeEach, describe, expect, it } from 'vitest'
import { installFake, type Fake } from '../../test/install'
import type { Row } from '$lib/api/types'
import { editor } from './editor.svelte'
import { refusals } from './refusals.svelte'
import { session } from './session.svelte'
import { tasks } from './tasks.svelte'

let fake: Fake
let org: Row
beforeEach(async () => {
  fake = installFake({ host: 'office' })
  await session.load()
  refusals.restore()
  org = structuredClone(fake.register.select('organization', { sort: 'name' })[5] as Row)
})

/** Somebody took the record away meanwhile: whatever is done to it is refused. */
const vanish = () => (fake.register.rows = fake.register.rows.filter((r) => r.id !== org.id))
const comeBack = () => fake.register.rows.push(structuredClone(org))

describe('what the server refuses at the console', () => {
  it('is kept with its reason and the values before, as one step', async () => {
    vanish()
    const other = structuredClone(fake.register.select('organization', { sort: 'name' })[7] as Row)
    const changes = [org, other].map((row) => ({ row, fields: { status: 'dissolved' } }))
    await expect(editor.updateAll(changes)).rejects.toMatchObject({ code: 'not_found' })
    expect(tasks.rejected).toBe(2)
    const [first, second] = tasks.refused
    expect(first).toMatchObject({ title: org.title, status: 'rejected', reason: { code: 'not_found' } })
    expect(first?.changes).toEqual({ status: { from: org.fields.status ?? null, to: 'dissolved' } })
    expect(second?.group).toBe(first?.group)
    refusals.drop(first?.group ?? '')
    expect(tasks.rejected).toBe(0)
  })

  it('is sent again when a person says so, and stays while it is refused', async () => {
    vanish()
    await expect(editor.remove(org)).rejects.toMatchObject({ code: 'not_found' })
    const group = tasks.refused[0]?.group ?? ''
    expect(await refusals.retry(group)).toBe(false)
    expect(tasks.rejected).toBe(1)
    comeBack()
    expect(await refusals.retry(group)).toBe(true)
    expect(tasks.rejected).toBe(0)
    expect(fake.register.get(org.id).deleted).toBe(true)
  })

  it('is one however often it is tried, and mended by an edit that is accepted', async () => {
    vanish()
    const edit = (status: string) => editor.update(org, { status })
    await expect(edit('dissolved')).rejects.toThrow()
    await expect(edit('inactive')).rejects.toThrow()
    expect(tasks.refused.map((r) => r.changes.status?.to)).toEqual(['inactive'])
    comeBack()
    await editor.update(org, { acronym: 'OTRA' })
    expect(tasks.rejected).toBe(1)
    await edit('dissolved')
    expect(tasks.rejected).toBe(0)
  })

  it('comes back when giving it up is taken back', async () => {
    vanish()
    await expect(editor.remove(org)).rejects.toThrow()
    const back = refusals.drop(tasks.refused[0]?.group ?? '')
    expect(tasks.rejected).toBe(0)
    back()
    expect(tasks.rejected).toBe(1)
    refusals.drop(tasks.refused[0]?.group ?? '')
  })

  it('is not kept where it is mended in the field, or was never judged', async () => {
    await expect(editor.update(org, { flo_id: '12x' })).rejects.toMatchObject({ field: 'flo_id' })
    fake.away = true
    await expect(editor.update(org, { acronym: 'X' })).rejects.toMatchObject({ code: 'no_answer' })
    expect(tasks.rejected).toBe(0)
  })

  it('is the outbox’s to keep on a laptop', async () => {
    fake = installFake()
    await session.load()
    vanish()
    await expect(editor.remove(org)).rejects.toThrow()
    expect(refusals.edits).toEqual([])
  })
})
