import { beforeEach, describe, expect, it, vi } from 'vitest'
import { preferences } from '$lib/state/preferences.svelte'
import { session } from '$lib/state/session.svelte'
import { installFake } from '../../test/install'
import { Intake } from './intake.svelte'
import { aim, targets, unsaid } from './targets'

beforeEach(async () => {
  installFake()
  preferences.speak('es')
  await session.load()
})

describe('importing', () => {
  it('goes from file to trial to report', async () => {
    const intake = new Intake()
    await intake.choose(new File(['nombre\nA'], 'a.csv'), 'PE')
    expect(intake.step).toBe('map')
    intake.mapColumn('observaciones', aim('=tag', { column: 'observaciones', to: '', as: 'note' }))
    expect(intake.mapping.columns.at(-1)).toEqual({ column: 'observaciones', to: '', as: 'tag' })
    await intake.preview()
    expect([intake.step, intake.report?.added]).toEqual(['preview', 280])
    await intake.run()
    expect([intake.step, intake.report?.batch]).toEqual(['done', 'b1'])
  })
  it('says that part of it may be in, where no answer came', async () => {
    const intake = new Intake()
    await intake.choose(new File(['nombre\nA'], 'a.csv'), 'PE')
    await intake.preview()
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed to fetch')))
    await intake.run()
    vi.unstubAllGlobals()
    expect([intake.step, intake.upload, intake.fault?.message]).toEqual([
      'choose',
      undefined,
      expect.stringContaining('puede que una parte haya entrado'),
    ])
  })
  it('offers every field, and the fields of what belongs to an organization', () => {
    const values = targets().map((t) => t.value)
    expect(values).toContain('name')
    expect(values).toContain('site.lat')
    expect(values).not.toContain('site.organization')
    expect(new Set(values).size).toBe(values.length)
  })
  it('asks for what no column says of the records that rows make', () => {
    const columns = [
      { column: 'Socios', to: 'census.members_total', as: 'text' as const },
      { column: 'Sitio', to: 'site.name', as: 'text' as const },
    ]
    const asked = (known = {}) => unsaid(columns, known).map((u) => u.key)
    expect(asked()).toEqual(['census.year'])
    expect(asked({ 'census.year': 2023 })).toEqual([])
    const intake = new Intake()
    intake.adjust({ defaults: { country: 'PE', 'census.source': 'organization' } })
    intake.setDefault('census.year', 2025)
    intake.setDefault('country', null)
    expect(intake.mapping.defaults).toEqual({ 'census.source': 'organization', 'census.year': 2025 })
  })
  it('reads sets as several values and keeps a WKT point', () => {
    expect(aim('products', { column: 'p', to: '', as: 'note' })).toEqual({ to: 'products', as: 'array' })
    expect(aim('site.lat', { column: 'g', to: 'site.lat', as: 'wkt_point' }).as).toBe('wkt_point')
  })
})
