import { beforeEach, describe, expect, it } from 'vitest'
import { installFake, type Fake } from '../../test/install'
import type { Row, Values } from '$lib/api/types'
import { editor } from '$lib/state/editor.svelte'
import { preferences } from '$lib/state/preferences.svelte'
import { definitionOf } from '../members/savedviews.svelte'
import { doubt } from './census'
import { childCollections } from './profile.svelte'
import { childColumns, inOrder } from './children'
import { standings } from './membership'
import { timeline } from './timeline'

let fake: Fake
beforeEach(() => {
  fake = installFake()
  preferences.speak('es')
})
const row = (collection: string, fields: Values, title = ''): Row => ({
  ...(fake.register.rows[0] as Row),
  id: JSON.stringify(fields),
  collection,
  title,
  fields,
})

describe('standing as a member', () => {
  const event = (body: string, kind: string, date: string) => row('membership_event', { body, kind, date })
  const events = () => [
    event('network', 'suspended', '2024-05-01'),
    event('network', 'admitted', '2011-06-02'),
    event('clac', 'applied', '2026-01-10'),
    event('network', 'reinstated', '2025-02-01'),
  ]
  it('is what the last event made of it, for each body', () => {
    expect(standings(events(), '2026-11-23')).toEqual([
      { body: 'clac', state: 'applied', date: '2026-01-10' },
      { body: 'network', state: 'member', date: '2025-02-01' },
    ])
  })
  it('can be asked as of any day', () => {
    expect(standings(events(), '2024-12-31')).toEqual([
      { body: 'network', state: 'suspended', date: '2024-05-01' },
    ])
    expect(standings(events(), '2000-01-01')).toEqual([])
  })
})

describe('a census that jumps', () => {
  const before = () => [
    row('census', { year: 2024, members_total: 300 }),
    row('census', { year: 2020, members_total: 10 }),
  ]
  it('asks, with both numbers', () => {
    expect(doubt(2025, 456, before())).toBe(
      'De 300 en 2024 a 456: cambia un 52%. Si es así, no hay que hacer nada.',
    )
    expect(doubt(2025, 100, before())).toContain('67%')
  })
  it('does not ask about small changes, first censuses or half-typed ones', () => {
    expect(doubt(2025, 400, before())).toBe('')
    expect(doubt(2019, 5, before())).toBe('')
    expect(doubt(2025, null, before())).toBe('')
  })
})

describe('the timeline', () => {
  it('has every dated fact, newest first, in words', () => {
    const children: Record<string, Row[]> = {
      census: [row('census', { year: 2025, members_total: 1200 }, '2025')],
      certification: [
        row(
          'certification',
          { scheme: 'fairtrade', valid_from: '2024-01-01', valid_to: '2027-01-01', status: 'certified' },
          'fairtrade',
        ),
      ],
      interaction: [row('interaction', { kind: 'visit', date: '2026-09-03', subject: 'Padrón' }, 'Padrón')],
    }
    expect(timeline((c) => children[c] ?? []).map((m) => [m.date, m.what, m.detail])).toEqual([
      ['2027-01-01', 'Certificado · válido hasta · Fairtrade', 'Certificada'],
      ['2026-09-03', 'Visita o contacto · Padrón', 'Visita'],
      ['2025', 'Censo · 2025', 'Socias y socios: 1,200'],
      ['2024-01-01', 'Certificado · válido desde · Fairtrade', 'Certificada'],
    ])
  })
})

describe('records that belong to an organization', () => {
  it('come in the order people look at them, and none is left out', () => {
    expect(childCollections().slice(0, 3)).toEqual(['contact', 'census', 'certification'])
    expect(childCollections()).toContain('verification')
  })
  it('are listed by their title first, newest first where dated', () => {
    for (const c of childCollections()) expect(childColumns(c).length, c).toBeGreaterThanOrEqual(2)
    expect(childColumns('contact')[0]?.name).toBe('name')
    expect(childColumns('mandate').map((f) => f.name)).toEqual([
      'role',
      'contact',
      'body',
      'valid_from',
      'valid_to',
    ])
    expect(childColumns('product_year').map((f) => f.name)).toContain('volume_unit')
    const censuses = [row('census', { year: 2020 }), row('census', { year: 2025 })]
    expect(inOrder('census', censuses).map((r) => r.fields.year)).toEqual([2025, 2020])
  })
})

it('a refused value names its field as people do', async () => {
  const organization = structuredClone(fake.register.select('organization', {})[3] as Row)
  await expect(editor.update(organization, { name: null })).rejects.toMatchObject({
    message: 'Falta el campo obligatorio «Nombre».',
  })
})

it('a saved view of a newer version is no reason to fail', () => {
  expect(definitionOf(row('saved_view', { definition: '{"q":"café","sort":"-name"}' }))).toMatchObject({
    q: 'café',
  })
  expect(definitionOf(row('saved_view', { definition: 'not json' }))).toEqual({})
  expect(definitionOf(row('saved_view', { definition: 'null' }))).toEqual({})
})
