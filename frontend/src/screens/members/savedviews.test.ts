import { beforeEach, expect, it } from 'vitest'
import { installFake, type Fake } from '../../test/install'
import type { Row } from '$lib/api/types'
import { notices } from '$lib/state/notices.svelte'
import { preferences } from '$lib/state/preferences.svelte'
import { session } from '$lib/state/session.svelte'
import { describe as inWords } from './filters'
import { savedViews } from './savedviews.svelte'
import { members } from './view.svelte'

let fake: Fake
beforeEach(async () => {
  fake = installFake()
  preferences.speak('es')
  await session.load()
})

it('a saved view is shown without the columns there are no more, says so, and counts as shown', async () => {
  const definition = JSON.stringify({
    q: '',
    filters: {},
    sort: 'name',
    columns: ['name', 'country', 'own_7'],
  })
  const row = fake.register.rows[0] as Row
  const fields = {
    name: 'De antes',
    collection: 'organization',
    definition,
    shared: true,
    owner: 'x@y.example',
  }
  const view: Row = { ...row, id: 'view-1', collection: 'saved_view', title: 'De antes', fields }
  fake.register.rows.push(view as never)
  await savedViews.load()
  savedViews.show(view)
  expect(members.columns.shown.map((c) => c.name)).toEqual(['name', 'country'])
  expect(notices.all.at(-1)?.text).toContain('sin estas columnas, que aquí no se ofrecen: own_7')
  expect(savedViews.current?.title).toBe('De antes')
  members.columns.reset()
  members.reset()
})

it('a filter of a yes or no is said in words', () => {
  const field = { name: 'own_7', type: 'boolean' } as Parameters<typeof inWords>[1]
  expect(inWords({ any: ['true'] }, field)).toBe('Sí')
  expect(inWords({ any: ['false'] }, field)).toBe('No')
})
