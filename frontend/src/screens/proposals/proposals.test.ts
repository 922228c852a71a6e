import { beforeEach, describe, expect, it } from 'vitest'
import { installFake, type Fake } from '../../test/install'
import type { Proposal } from '$lib/api/types'
import { notices } from '$lib/state/notices.svelte'
import { preferences } from '$lib/state/preferences.svelte'
import { session } from '$lib/state/session.svelte'
import { tasks } from '$lib/state/tasks.svelte'
import { bundled, ProposalInbox, type Bundle } from './inbox.svelte'

let fake: Fake
beforeEach(async () => {
  fake = installFake()
  preferences.speak('es')
  await session.load()
  fake.register.proposals = [proposed('1', 'g'), proposed('2'), proposed('3', 'g')]
})

const proposed = (id: string, group = ''): Proposal => ({
  id,
  group,
  network: 'PE',
  collection: 'organization',
  record: `r${id}`,
  title: `Coop ${id}`,
  kind: 'update',
  changes: { acronym: { from: 'A', to: 'B' } },
  current: { acronym: 'A' },
  exists: true,
  by: 'Luisa',
  device: 'Laptop',
  edited_at: 1,
  handed_in_at: 2,
  reason: 'device',
  status: 'open',
})

function firstOf(inbox: ProposalInbox): Bundle {
  const [first] = inbox.bundles
  if (!first) throw new Error('there is nothing to decide')
  return first
}

describe('proposals', () => {
  it('of one action are one decision', () => {
    const bundles = bundled(fake.register.proposals)
    expect(bundles.map((b) => [b.id, b.items.map((p) => p.id)])).toEqual([
      ['g', ['1', '3']],
      ['2', ['2']],
    ])
  })
  it('count as tasks, by decision', async () => {
    await tasks.load()
    expect(tasks.proposals).toBe(2)
  })
  it('are dismissed and taken back', async () => {
    const inbox = new ProposalInbox()
    await inbox.load()
    await inbox.decide([firstOf(inbox)], 'dismiss')
    expect(inbox.bundles.map((b) => b.id)).toEqual(['2'])
    const notice = notices.all.at(-1)
    expect(notice?.text).toBe('Descartado: «Coop 1»')
    notice?.action?.run()
    await expect.poll(() => inbox.bundles.length).toBe(2)
  })
  it('are marked and decided alike, and taken back together', async () => {
    fake.register.proposals.push(proposed('4'), proposed('lost'))
    const inbox = new ProposalInbox()
    await inbox.load()
    inbox.markAll()
    inbox.mark('2')
    expect(inbox.chosen.map((b) => b.id)).toEqual(['g', '4', 'lost'])
    await inbox.decide(inbox.chosen, 'dismiss')
    expect(inbox.bundles.map((b) => b.id)).toEqual(['2', 'lost'])
    expect(inbox.chosen.map((b) => b.id)).toEqual(['lost'])
    expect(notices.all.at(-1)).toMatchObject({
      tone: 'bad',
      text: '1 propuesta queda por decidir: No existe',
    })
    const done = notices.all.at(-2)
    expect(done?.text).toBe('2 propuestas descartadas')
    done?.action?.run()
    await expect.poll(() => inbox.bundles.map((b) => b.id)).toEqual(['g', '2', '4', 'lost'])
  })
  it('that cannot be accepted say why and stay', async () => {
    fake.register.proposals = [proposed('lost')]
    const inbox = new ProposalInbox()
    await inbox.load()
    await inbox.decide([firstOf(inbox)], 'accept')
    expect(notices.all.at(-1)).toMatchObject({ tone: 'bad', text: 'No existe' })
    expect(inbox.bundles).toHaveLength(1)
  })
})
