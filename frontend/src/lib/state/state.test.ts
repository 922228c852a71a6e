import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { installFake, type Fake } from '../../test/install'
import type { Status } from '$lib/api/types'
import { live } from './live.svelte'
import { notices } from './notices.svelte'
import { preferences } from './preferences.svelte'
import { parsePlace } from './router.svelte'
import { session } from './session.svelte'
import { syncing } from './syncing.svelte'

let fake: Fake
let tell: (name: string, data: unknown) => void = () => undefined
let connection: (up: boolean) => void = () => undefined
vi.mock('$lib/host', () => ({
  listen: (onEvent: typeof tell, onConnection: (up: boolean) => void) => {
    tell = onEvent
    connection = onConnection
    onConnection(true)
    return () => undefined
  },
}))

beforeEach(async () => {
  fake = installFake()
  preferences.speak('es')
  await session.load()
})

describe('the status chip', () => {
  const status = (part: Partial<Status>): Status => ({ ...fake.register.status(), ...part })
  beforeEach(() => live.start())
  it.each([
    [{ state: 'up_to_date' }, 'Al día', 'calm'],
    [{ state: 'pending', pending: 12 }, '12 por enviar', 'waiting'],
    [{ state: 'sending', sent: 3, pending: 12 }, 'Enviando 3 de 12', 'busy'],
    [{ state: 'offline' }, 'Sin conexión — su trabajo está a salvo', 'away'],
    [{ state: 'attention' }, 'Requiere atención', 'alarm'],
    [
      { state: 'attention', rejected: 1, online: false, last_error: { code: 'no_server', message: '' } },
      'Requiere atención · Sin conexión',
      'alarm',
    ],
    [{ state: 'locked' }, 'Bloqueado: conéctese', 'alarm'],
    [{ state: 'first_sync', progress: { done: 43, total: 100 } }, 'Primera descarga: 43 %', 'busy'],
  ] as [Partial<Status>, string, string][])('%o says %s', (part, words, tone) => {
    const stop = syncing.start()
    tell('status', status(part))
    expect([syncing.words, syncing.tone]).toEqual([words, tone])
    stop()
  })
  it('warns before the register is locked, but not while there is contact or something worse', () => {
    const lease = { days: 30, ends: new Date(2031, 4, 6, 12).getTime(), near: true }
    const stop = syncing.start()
    const said = (part: Partial<Status>) => {
      tell('status', status({ lease, ...part }))
      return [syncing.words, syncing.tone, syncing.leaseEnds]
    }
    expect(said({ state: 'offline', online: false })).toEqual([
      'Conéctese — se bloquea: 6 may 2031',
      'waiting',
      lease.ends,
    ])
    expect(said({ state: 'up_to_date', online: true })).toEqual(['Al día', 'calm', 0])
    expect(said({ state: 'attention', online: false })).toEqual(['Requiere atención', 'alarm', 0])
    expect(said({ state: 'offline', online: false, lease: { ...lease, near: false } })[2]).toBe(0)
    expect(said({ state: 'offline', online: false, lease: null })[2]).toBe(0)
    stop()
  })
  it('asks who we are when the register may have been locked or taken away', async () => {
    const stop = syncing.start()
    expect(session.state).toBe('ready')
    fake.enter('locked')
    tell('status', status({ state: 'locked' }))
    await vi.waitFor(() => expect(session.state).toBe('locked'))
    stop()
  })
  it('says it in every language', () => {
    const stop = syncing.start()
    tell('status', status({ state: 'pending', pending: 1 }))
    const said = (['es', 'en', 'pt', 'fr'] as const).map((l) => (preferences.speak(l), syncing.words))
    expect(said).toEqual(['1 por enviar', '1 to send', '1 a enviar', '1 à envoyer'])
    stop()
  })
  it('“sync now” always answers, also when the program does not', async () => {
    expect(await syncing.now()).toBe('')
    fake.away = true
    expect(await syncing.now()).toContain('Acopio no responde')
  })
})

describe('live', () => {
  beforeEach(async () => {
    await new Promise((r) => setTimeout(r, 150)) // what earlier tests touched has been told
    vi.useFakeTimers()
    live.start()
  })
  afterEach(() => vi.useRealTimers())

  it('gathers many events into one call, for those concerned', () => {
    const organizations = vi.fn()
    const contacts = vi.fn()
    const stops = [live.follow(['organization'], organizations), live.follow(['contact'], contacts)]
    for (let i = 0; i < 50; i++) tell('changed', { network: 'PE', collections: ['organization'] })
    vi.advanceTimersByTime(500)
    expect(organizations).toHaveBeenCalledTimes(1)
    expect(contacts).not.toHaveBeenCalled()
    stops.forEach((stop) => stop())
  })

  it('takes an event without collections for a change of everything', () => {
    const contacts = vi.fn()
    const stop = live.follow(['contact'], contacts)
    tell('changed', { network: '', collections: [] })
    vi.advanceTimersByTime(500)
    expect(contacts).toHaveBeenCalledTimes(1)
    stop()
  })

  it('knows whether what was read may have changed since', () => {
    const now = () => {
      vi.advanceTimersByTime(500)
      return performance.now()
    }
    const changed = (read: number, ...collections: string[]) => live.changedSince(collections, read)
    live.stop()
    expect(changed(now(), 'organization'), 'nobody listens').toBe(true)
    live.start()
    let read = now()
    tell('changed', { network: 'PE', collections: ['contact'] })
    expect(changed(read, 'organization')).toBe(false)
    expect(changed(read, 'organization', 'contact')).toBe(true)
    read = now()
    expect(changed(read, 'contact')).toBe(false)
    tell('changed', { network: '', collections: [] })
    expect(changed(read, 'organization'), 'everything').toBe(true)
    read = now()
    connection(false)
    expect(changed(now(), 'organization'), 'nobody hears of it').toBe(true)
    connection(true)
    expect(changed(read, 'organization'), 'what happened meanwhile is unknown').toBe(true)
    read = now()
    expect(changed(read, 'organization')).toBe(false)
    vi.advanceTimersByTime(4_000_000)
    expect(changed(read, 'organization'), 'some of it goes by the day').toBe(true)
  })

  it('lets one save value after value before it has the list read again, for a second at most', () => {
    const organizations = vi.fn()
    const stop = live.follow(['organization'], organizations)
    for (let i = 0; i < 4; i++) {
      live.saved([], true)
      tell('changed', { network: 'PE', collections: ['organization'] })
      vi.advanceTimersByTime(200)
    }
    expect(organizations).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(organizations).toHaveBeenCalledTimes(1)
    for (let i = 0; i < 7; i++) {
      live.saved([], true)
      tell('changed', { network: 'PE', collections: ['organization'] })
      vi.advanceTimersByTime(200)
    }
    expect(organizations).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(1000)
    live.saved([])
    tell('changed', { network: 'PE', collections: ['organization'] })
    vi.advanceTimersByTime(150)
    expect(organizations).toHaveBeenCalledTimes(4)
    stop()
  })
})

describe('session', () => {
  it('knows what a role may do', async () => {
    installFake({ role: 'field' })
    await session.load()
    expect([
      session.mayWrite('organization'),
      session.mayDelete('organization'),
      session.mayDelete('contact'),
    ]).toEqual([true, false, true])
    installFake({ role: 'viewer' })
    await session.load()
    expect(session.mayWrite('organization')).toBe(false)
  })
  it('reads the schema again once somebody has signed in: until then it lacks networks’ own fields', async () => {
    fake = installFake({ host: 'office', state: 'sign_in' })
    await session.load()
    expect(session.state).toBe('sign_in')
    fake.calls.length = 0
    await session.signIn('ana@clac.example', 'x')
    expect(session.state).toBe('ready')
    expect(fake.calls).toContain('GET /api/schema')
  })
  it('keeps the fault when the program is away, and gets over it', async () => {
    fake = installFake()
    fake.away = true
    await session.load()
    expect(session.fault?.unanswered).toBe(true)
    fake.away = false
    await session.load()
    expect(session.fault).toBeUndefined()
  })
})

describe('notices', () => {
  it('go away by themselves, unless somebody is reading', () => {
    vi.useFakeTimers()
    const id = notices.say('uno')
    notices.say('dos')
    notices.hold(id)
    vi.advanceTimersByTime(60_000)
    expect(notices.all.map((n) => n.text)).toEqual(['uno'])
    vi.useRealTimers()
  })
  it('leave with the screen they were about, unless something went wrong or was said just now', () => {
    notices.all.forEach((n) => notices.dismiss(n.id))
    vi.useFakeTimers()
    notices.say('guardado')
    notices.say('no se pudo', 'bad')
    vi.advanceTimersByTime(2_000)
    notices.say('creada')
    notices.leave()
    expect(notices.all.map((n) => n.text)).toEqual(['no se pudo', 'creada'])
    vi.useRealTimers()
  })
  it('are few', () => {
    for (let i = 0; i < 9; i++) notices.say(String(i))
    expect(notices.all).toHaveLength(4)
  })
})

it('parsePlace reads addresses', () => {
  expect(parsePlace('#/organization/a%20b/history?open=1').path).toEqual(['organization', 'a b', 'history'])
  expect(parsePlace('').path).toEqual([])
  expect(parsePlace('#/organization/%E0%A4%A').path).toEqual(['organization', '%E0%A4%A']) // cut in a letter
  expect(parsePlace('#/members?where=a=b&where=c=d').query.getAll('where')).toEqual(['a=b', 'c=d'])
})
