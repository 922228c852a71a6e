import { beforeEach, describe, expect, it } from 'vitest'
import { installFake, type Fake } from '../test/install'
import { matching } from '../shell/commands'
import type { Row } from '$lib/api/types'
import { Columns } from '$lib/grid/columns.svelte'
import { accepted, emptied, filledDown, pasted, type RowChange } from '$lib/grid/paste'
import { nextSort, sortedBy } from '$lib/grid/sorting'
import { preferences } from '$lib/state/preferences.svelte'
import { schema } from '$lib/state/schema.svelte'
import { session } from '$lib/state/session.svelte'
import { Inbox } from './conflicts/inbox.svelte'
import { lines, sides, subject } from './conflicts/disputed'
import { bulkValue } from './members/bulk'
import { conditions, describe as inWords, readFilters } from './members/filters'
import { members } from './members/view.svelte'
import { profileSections } from './organization/sections'
import { validity } from './organization/validity'

let fake: Fake
beforeEach(async () => {
  fake = installFake()
  preferences.speak('es')
  await session.load()
})

describe('members', () => {
  it('asks for what the filters say, and counts a field without its own filter', () => {
    members.reset()
    members.search('  café ')
    members.filter('type', { any: ['small_producers'] })
    members.filter('products', { all: ['coffee', 'cocoa'] })
    expect(members.query).toMatchObject({
      q: 'café',
      where: ['type=small_producers', 'products=coffee', 'products=cocoa'],
    })
    expect(members.query.sort, 'what fits best comes first').toBeUndefined()
    members.sortBy('name')
    expect(members.query.sort, 'unless somebody wants it otherwise').toBe('name')
    members.search('')
    expect(members.query.sort).toBe('name')
    expect(members.queryFor('type').where).toEqual(['products=coffee', 'products=cocoa'])
    members.filter('type', {})
    expect(Object.keys(members.filters)).toEqual(['products'])
    members.reset()
  })
})

describe('filters', () => {
  it('are said to the register as conditions', () => {
    expect(conditions('type', { any: ['a'] })).toEqual(['type=a'])
    expect(conditions('type', { any: ['a', 'b'] })).toEqual(['type|=a', 'type|=b'])
    expect(conditions('founded', { from: '1990', to: '2000' })).toEqual(['founded>=1990', 'founded<=2000'])
    expect(conditions('notes', { contains: 'café' })).toEqual(['notes~café'])
    expect(conditions('notes', { empty: false })).toEqual(['notes!='])
  })
  it('come from links where they can, and from the oldest saved views', () => {
    members.reset(['members_total>=50', 'products=coffee', 'products=cocoa', 'name!=A'])
    expect(members.filters).toEqual({ members_total: { from: '50' }, products: { all: ['coffee', 'cocoa'] } })
    expect(members.conditions).toEqual(['name!=A'])
    expect(readFilters({ type: ['other'], products: ['coffee'] }, members.field)).toEqual({
      type: { any: ['other'] },
      products: { all: ['coffee'] },
    })
    members.reset()
  })
  it('are told in words', () => {
    expect(inWords({ any: ['member', 'left'] }, members.field('member_network'))).toBe('Miembro o Salió')
    expect(inWords({ from: '1000', to: '2000' }, members.field('members_total'))).toBe('1,000 – 2,000')
    expect(inWords({ empty: true }, members.field('notes'))).toBe('Sin dato')
  })
  it('of an earlier day keep the list from being edited', () => {
    const [row] = fake.register.rows
    if (!row) throw new Error('no row')
    expect(members.mayEdit(row, 'acronym')).toBe(true)
    members.lookAt('2020-12-31')
    expect(members.query.asOf).toBe('2020-12-31')
    expect(members.mayEdit(row, 'acronym')).toBe(false)
    members.lookAt('')
  })
})

it('a list is sorted by one column, or by further ones', () => {
  expect(nextSort('name', 'name', false)).toBe('-name')
  expect(nextSort('name', 'country', true)).toBe('name,country')
  expect(nextSort('name,country', 'country', true)).toBe('name,-country')
  expect(sortedBy('name,country', 'founded', true)).toBe('-founded')
})

it('many records get a value, or more or fewer members of a set', () => {
  const products = schema.field('organization', 'products')
  if (!products) throw new Error('no field')
  expect(bulkValue(products, ['coffee'], ['honey'], 'add')).toEqual(['coffee', 'honey'])
  expect(bulkValue(products, ['coffee', 'honey'], ['honey'], 'remove')).toEqual(['coffee'])
  expect(bulkValue(products, ['coffee'], ['honey'], 'set')).toEqual(['honey'])
  expect(bulkValue(products, ['coffee'], null, 'clear')).toBeNull()
})

describe('columns', () => {
  it('keep the first one, and are moved, hidden and sized', () => {
    const column = (name: string) => ({ name, label: name, width: 100, numeric: false, sortable: true })
    const columns = new Columns(
      'test',
      () => ['name', 'a', 'b', 'c'].map(column),
      () => ['name', 'a', 'b'],
    )
    const names = () => columns.shown.map((c) => c.name)
    columns.toggle('c')
    columns.shift('c', -2)
    expect(names()).toEqual(['name', 'c', 'a', 'b'])
    columns.shift('c', -9)
    expect(names()[0]).toBe('name')
    columns.toggle('a')
    expect(columns.isShown('a')).toBe(false)
    columns.resize('b', 5)
    expect(columns.shown.find((c) => c.name === 'b')?.width).toBe(64)
    columns.reset()
    expect(names()).toEqual(['name', 'a', 'b'])
  })
})

describe('pasting', () => {
  const row = (fields: Row['fields']): Row => ({ ...(fake.register.rows[0] as Row), fields })
  const columns = () =>
    ['name', 'country', 'products'].map((name) => {
      const field = schema.field('organization', name)
      return { name, label: name, width: 1, numeric: false, sortable: true, ...(field ? { field } : {}) }
    })
  it('reads names of countries and choices, and leaves alone what is the same', () => {
    const rows = [row({ name: 'A', country: 'PE' }), row({ name: 'B' })]
    const changes = pasted(
      [
        ['A', 'Perú', 'Café'],
        ['C', 'bolivia', ''],
      ],
      rows,
      columns(),
      () => true,
      members.cell,
    ).changes
    expect(changes.map((c) => c.fields)).toEqual([{ products: ['coffee'] }, { name: 'C', country: 'BO' }])
  })
  it('fills many rows from one, and skips cells that may not be edited', () => {
    const rows = [row({}), row({ name: 'X' })]
    const marked = { rows: 2, columns: 1 }
    const found = pasted(
      [['X', 'PE']],
      rows,
      columns(),
      (_r, field) => field !== 'name',
      members.cell,
      marked,
    )
    expect(found.changes.map((c) => c.fields)).toEqual([{ country: 'PE' }, { country: 'PE' }])
    expect(found.fixed.map((f) => f.row)).toEqual([rows[0]]) // the other one has that name already
  })
  it('says what has no place to go', () => {
    const found = pasted(
      [
        ['A', 'PE', 'Café', 'más'],
        ['B', 'PE', 'Café', 'más'],
      ],
      [row({})],
      columns(),
      () => true,
      members.cell,
    )
    expect([found.lostRows, found.lostColumns]).toEqual([1, 1])
  })
  it('fills down and empties, leaving out what stays the same', () => {
    const rows = [row({ name: 'A', country: 'PE' }), row({ name: 'B' }), row({ name: 'C', country: 'PE' })]
    const country = columns().slice(1, 2)
    expect(filledDown(rows, country, () => true).map((c) => c.fields)).toEqual([{ country: 'PE' }])
    expect(emptied(rows, country, () => true)).toHaveLength(2)
  })
  it('keeps the cells of a change that nobody refused', () => {
    const changes: RowChange[] = [
      { row: row({}), fields: { name: 'A', flo_id: '12x' } },
      { row: row({}), fields: { flo_id: 'x' } },
    ]
    const problems = [0, 1].map((edit) => ({ edit, field: 'flo_id', code: 'bad_flo_id', message: '' }))
    expect(accepted(changes, problems).map((c) => c.fields)).toEqual([{ name: 'A' }])
  })
})

describe('the conflict inbox', () => {
  it('decides, goes on to the next one, and takes it back', async () => {
    const inbox = new Inbox()
    await inbox.load()
    const [first, second] = inbox.all
    if (!first) throw new Error('no conflict')
    await inbox.decide('mine', [first])
    expect(fake.register.get(first.record).fields[first.field]).toBe(first.mine)
    expect(inbox.current?.id).toBe(second?.id)
    await inbox.decide('reopen', [first])
    expect(inbox.all).toHaveLength(3)
  })
  it('says groups field by field, and deletions in words', () => {
    const c = { ...(fake.register.conflicts[0] as never as Parameters<typeof lines>[0]) }
    const group = { ...c, collection: 'census', field: 'members' }
    expect(subject(group)).toBe('Socias y socios, Mujeres, Hombres, Otro o sin dato, Jóvenes')
    expect(lines(group, { members_total: 1200, members_women: 400 }).slice(0, 2)).toEqual([
      { label: 'Socias y socios', text: '1,200' },
      { label: 'Mujeres', text: '400' },
    ])
    const mine = { members_total: 1200, members_women: 400 }
    const uneven = { ...group, mine, theirs: { ...mine, members_women: 410 } }
    expect(subject(uneven)).toBe('Mujeres')
    expect(lines(uneven, mine)).toEqual([{ label: '', text: '400' }])
    expect(lines({ ...c, kind: 'delete' }, { deleted: true })).toEqual([{ label: '', text: 'Eliminado' }])
  })
  it('calls mine only what this computer wrote', () => {
    const c = { ...(fake.register.conflicts[0] as never as Parameters<typeof lines>[0]) }
    expect(sides([{ ...c, own: true }]).mine.title).toBe('Lo mío')
    expect(sides([{ ...c, own: false }]).mine.title).toBe('La primera versión')
    expect(
      sides([
        { ...c, own: true },
        { ...c, own: false },
      ]).theirs.take,
    ).toBe('Vale la segunda')
  })
})

it('the profile shows every field of an organization, once', () => {
  const shown = profileSections('PE').flatMap((s) => s.fields.map((f) => f.name))
  expect([...shown].sort()).toEqual(
    schema
      .fields('organization')
      .map((f) => f.name)
      .sort(),
  )
})

it('certificates say how they stand', () => {
  const certificate = (fields: Row['fields']) => ({
    ...(fake.register.rows[0] as Row),
    collection: 'certification',
    fields,
  })
  const certified = (valid_to: string) =>
    validity(certificate({ status: 'certified', valid_to }), '2026-11-23')
  expect(certified('2028-01-01').hue).toBe('leaf')
  expect(certified('2026-12-01').hue).toBe('honey')
  expect(certified('2026-11-01').hue).toBe('berry')
  expect(validity(certificate({ status: 'suspended' })).text).toBe('Suspendida')
})

it('commands are found by the beginnings of their words, accents or not', () => {
  const list = [
    { id: 'a', name: 'Ir a Organizaciones', run: () => undefined },
    { id: 'b', name: 'Apariencia: Oscura', run: () => undefined },
  ]
  expect(matching(list, 'apa osc').map((c) => c.id)).toEqual(['b'])
  expect(matching(list, 'organiz').map((c) => c.id)).toEqual(['a'])
  expect(matching(list, '')).toHaveLength(2)
})
