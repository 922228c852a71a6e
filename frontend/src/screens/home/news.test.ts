import { expect, it } from 'vitest'
import type { Recent } from '$lib/api/types'
import { byOrganization, byPerson, folded } from './news'

const at = 1_800_000_000_000
const change = (n: number, secondsAgo: number, more: Partial<Recent> = {}): Recent => ({
  collection: 'organization',
  id: String(n),
  network: 'PE',
  title: `Organización ${n}`,
  by: 'Ana',
  at: at - secondsAgo * 1000,
  kind: 'update',
  of: String(n),
  of_title: `Organización ${n}`,
  ...more,
})
const sizes = (recent: Recent[]) => folded(recent).map((item) => item.length)

it('tells an import in one line, and what people did by hand one by one', () => {
  const imported = [0, 1, 1, 2, 2, 2].map((s, n) => change(n, 60 + s))
  const byHand = [change(10, 200), change(11, 220), change(12, 221), change(13, 222)]
  expect(sizes([change(20, 0), ...imported, ...byHand])).toEqual([1, 6, 1, 1, 1, 1])
})

it('does not fold what differs: who, what, how and where', () => {
  for (const other of [
    { by: 'Eva' },
    { collection: 'contact' },
    { kind: 'create' as const },
    { network: 'GT' },
  ])
    expect(sizes([change(1, 0), change(2, 0), change(3, 0, other), change(4, 0), change(5, 0)])).toEqual([
      1, 1, 1, 1, 1,
    ])
})

it('puts what was done to many organizations under a heading of its own', () => {
  const census = [1, 2, 3, 4].map((n) =>
    change(n, 10, { collection: 'census', id: `c${n}`, of: 'one', of_title: 'Una' }),
  )
  const many = [5, 6, 7, 8].map((n) => change(n, 20))
  const groups = byOrganization(folded([...census, ...many, change(9, 90), change(9, 95, { by: 'Eva' })]))
  expect(groups.map((g) => [g.id, g.many, g.items.map((i) => i.length)])).toEqual([
    ['one', false, [4]],
    ['', true, [4]],
    ['9', false, [1, 1]],
  ])
})

it('puts what was done under who did it', () => {
  const groups = byPerson(folded([change(1, 0, { by: 'Eva' }), change(2, 50), change(3, 99, { by: 'Eva' })]))
  expect(groups.map((g) => [g.who, g.items.length])).toEqual([
    ['Eva', 2],
    ['Ana', 1],
  ])
})
