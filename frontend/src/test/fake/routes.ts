import type { Keep, Proposal, ProposalDecision, Query, Report, Row, Upload, Value } from '../../lib/api/types'
import { Refused, Register } from './register'
import { collections, deviceList, networks, persons, start } from './seed'

export interface FakeOptions {
  host: 'desktop' | 'office'
  size?: number
  state?: string
  role?: string
  emit?: (name: string, data: unknown) => void
}

export interface FakeAnswer {
  status: number
  body: unknown
}

/** The API over the made-up register: for Vite's development server and for unit tests, never in the build. */
export function createFake(options: FakeOptions) {
  const { host, emit = () => undefined } = options
  const register = new Register(host, options.size ?? 60, emit)
  let state = options.state ?? 'ready'

  const session = () => ({
    host,
    version: '0.1.0-dev',
    state,
    lang: 'es',
    server: 'https://acopio.example.org',
    networks,
    user: { name: 'Ana Flores', email: 'ana@clac.example', role: options.role ?? 'admin' },
    device: { name: 'Laptop de Ana', number: 1002 },
  })

  const routes: [
    RegExp,
    (m: string[], q: Query & Record<string, string>, body: Record<string, unknown>) => unknown,
  ][] = [
    [/^GET session$/, session],
    [/^GET schema$/, () => ({ collections })],
    [/^GET records\/(\w+)$/, ([c = ''], q) => page(register.select(c, q), q)],
    [/^GET records\/\w+\/([^/]+)$/, ([id = '']) => register.get(id)],
    [
      /^GET records\/\w+\/([^/]+)\/related$/,
      ([id = '']) => ({
        children: childrenOf(register, id),
      }),
    ],
    [
      /^GET records\/\w+\/([^/]+)\/history$/,
      ([id = '']) => ({ complete: true, entries: register.historyOf(id) }),
    ],
    [/^GET facets\/(\w+)$/, ([c = ''], q) => ({ values: register.facets(c, q.field ?? '', q) })],
    [
      /^GET find$/,
      (_, q) => ({
        hits: register
          .select('organization', { q: q.q ?? '' })
          .slice(0, 12)
          .map((r) => ({ ...r, detail: String(r.fields.admin1) })),
      }),
    ],
    [/^GET overview$/, () => overview(register)],
    [/^POST edits$/, (_, __, b) => ({ records: register.edit(b.edits as never), group: 'g' })],
    [/^POST edits\/check$/, (_, __, b) => ({ problems: register.problems(b.edits as never) })],
    [
      /^GET conflicts$/,
      (_, q) => ({
        conflicts: register.conflicts.filter((c) => !q.status || c.status === (q.status as string)),
      }),
    ],
    [
      /^POST conflicts\/([^/]+)\/resolve$/,
      ([id = ''], _, b) => resolve(register, id, b.keep as Keep, b.value as Value),
    ],
    [
      /^GET proposals$/,
      (_, q) => ({
        proposals: register.proposals.filter((p) => !q.status || p.status === (q.status as string)),
      }),
    ],
    [
      /^POST proposals\/decide$/,
      (_, __, b) => {
        const ids = b.ids as string[]
        const lost = ids.filter((id) => id === 'lost')
        ids
          .filter((id) => id !== 'lost')
          .forEach((id) => decide(register, id, b.decision as ProposalDecision))
        return {
          decided: ids.length - lost.length,
          refused: lost.map((id) => ({ id, code: 'not_found', message: 'No existe' })),
        }
      },
    ],
    [/^POST imports$/, () => upload],
    [/^POST imports\/t\/preview$/, () => report],
    [/^POST imports\/t\/run$/, () => ({ ...report, batch: 'b1' })],
    [
      /^GET batches$/,
      () => ({
        batches: [
          {
            id: 'b1',
            network: 'PE',
            file: 'padron_2025.xlsx',
            collection: 'organization',
            rows: 312,
            added: 280,
            updated: 30,
            skipped: 2,
            status: 'done',
            by: 'José Huamán',
            at: start,
            can_undo: true,
          },
        ],
      }),
    ],
    [/^POST batches\/b1\/undo$/, () => ({ reverted: 310, kept: [] })],
    [/^GET sync$/, () => register.status()],
    [
      /^POST sync$/,
      () => (
        (register.pending = []),
        register.rows.forEach((r) => r.state === 'pending' && (r.state = 'clean')),
        emit('status', register.status()),
        register.status()
      ),
    ],
    [/^GET sync\/log$/, () => ({ attempts: [], sent: [], repairs: [] })],
    [/^GET drafts$/, () => ({ drafts: Object.fromEntries(register.drafts) })],
    [
      /^PUT drafts$/,
      (_, __, b) => {
        if (b.value) register.drafts.set(String(b.key), String(b.value))
        else register.drafts.delete(String(b.key))
      },
    ],
    [/^GET pending$/, () => register.unaccepted],
    [/^POST (enroll|sign-in|setup)$/, () => ((state = 'ready'), session())],
    [/^POST sign-out$/, () => (state = 'sign_in')],
    [/^GET users$/, () => ({ users: persons })],
    [/^GET devices$/, () => ({ devices: deviceList })],
    [/^GET sync\/handed-in$/, () => ({ hand_ins: [] })],
    [
      /^GET settings$/,
      () => ({ lease_days: 30, most_lease_days: 3650, deletions: 50, most_deletions: 100_000 }),
    ],
    [/^GET recovery$/, () => ({ recovery: null })],
    [/^POST device-codes$/, () => ({ code: 'KOTA-7F3M-2PQR', expires: Date.now() + 3_600_000 })],
  ]

  function handle(method: string, address: string, body: Record<string, unknown> = {}): FakeAnswer {
    const url = new URL(address, 'http://localhost')
    const key = `${method} ${url.pathname.slice(5)}`
    const q = Object.fromEntries(url.searchParams) as Query & Record<string, string>
    q.where = url.searchParams.getAll('where')
    q.network = url.searchParams.getAll('network')
    q.deleted = url.searchParams.get('deleted') === 'true'
    try {
      for (const [pattern, answer] of routes) {
        const found = pattern.exec(key)
        if (found) return { status: 200, body: answer(found.slice(1), q, body) ?? {} }
      }
      throw new Refused(404, { code: 'not_found', message: `No existe: ${key}` })
    } catch (thrown) {
      if (thrown instanceof Refused) return { status: thrown.status, body: thrown.body }
      return { status: 500, body: { code: 'internal', message: String(thrown) } }
    }
  }
  const enter = (next: string) => (state = next)
  return { register, handle, enter }
}

function page(rows: Row[], q: Record<string, unknown>) {
  const offset = Number(q.offset ?? 0)
  return { total: rows.length, records: rows.slice(offset, offset + Number(q.limit ?? 100)) }
}

function resolve(register: Register, id: string, keep: Keep, value: Value) {
  const c = register.conflicts.find((c) => c.id === id)
  if (!c) throw new Refused(404, { code: 'not_found', message: 'No existe' })
  c.status = keep === 'reopen' ? 'open' : 'resolved'
  c.resolution = keep === 'reopen' ? '' : keep
  if (keep !== 'reopen')
    register.get(c.record).fields[c.field] = (
      keep === 'value' ? value : keep === 'mine' ? c.mine : c.theirs
    ) as Value
  register.emit('changed', { network: c.network, collections: ['conflict', c.collection] })
  return c
}

function decide(register: Register, id: string, decision: ProposalDecision): Proposal[] {
  const one = register.proposals.find((p) => p.id === id)
  if (!one || id === 'lost') throw new Refused(404, { code: 'not_found', message: 'No existe' })
  const all = register.proposals.filter((p) => p === one || (one.group && p.group === one.group))
  const to = { accept: 'accepted', dismiss: 'dismissed', reopen: 'open' } as const
  all.forEach((p) => (p.status = to[decision]))
  return all
}

function overview(register: Register) {
  const of = (code: string, collection: string) =>
    register.rows.filter((r) => r.network === code && r.collection === collection).length
  return {
    networks: networks.map((n) => ({
      ...n,
      organizations: of(n.code, 'organization'),
      contacts: of(n.code, 'contact'),
      sites: of(n.code, 'site'),
      members: 75_230,
      women: 28_411,
      expiring: 14,
      conflicts: 3,
      seq: 1204,
      checksum: '9f3a77c1d2',
      records: 12_044,
    })),
    recent: register.rows
      .slice(0, 300)
      .sort((a, b) => b.updated_at - a.updated_at)
      .slice(0, 20)
      .map((r) => ({ ...r, by: r.updated_by, at: r.updated_at, kind: 'update' })),
  }
}

const upload: Upload = {
  token: 't',
  format: 'csv',
  encoding: 'utf-8',
  separator: ',',
  sheets: [],
  sheet: '',
  header_row: 1,
  rows: 312,
  columns: [
    { name: 'nombre', samples: ['Coop. La Florida', 'Cafetaleros de Junín'], empty: 0, distinct: 312 },
    { name: 'flo', samples: ['1203', '884'], empty: 40, distinct: 272 },
    { name: 'productos', samples: ['Café;Cacao', 'Café'], empty: 3, distinct: 9 },
    { name: 'observaciones', samples: ['Llamar en abril'], empty: 200, distinct: 90 },
  ],
  mapping: {
    columns: [
      { column: 'nombre', to: 'name', as: 'text' },
      { column: 'flo', to: 'flo_id', as: 'text' },
      { column: 'productos', to: 'products', as: 'array' },
      { column: 'observaciones', to: '', as: 'note' },
    ],
    match: ['flo_id', 'name+place'],
    empty: ['Nsp'],
    defaults: {},
    sheet: '',
    header_row: 1,
  },
}

const report: Report = {
  batch: '',
  rows: 312,
  added: 280,
  updated: 30,
  conflicts: 0,
  unchanged: 0,
  skipped: 0,
  problems: 2,
  warnings: 1,
  blank: 0,
  children: { site: 280 },
  truncated: 0,
  columns: [{ column: 'nombre', to: 'name', as: 'text', used: 312, empty: 0, note: '' }],
  items: [
    {
      row: 4,
      outcome: 'problem',
      id: '',
      title: 'Coop. Sin Nombre',
      messages: ['«12x» no es un FLO ID válido: debe ser un número de 1 a 7 cifras.'],
    },
    {
      row: 9,
      outcome: 'update',
      id: 'x',
      title: 'Coop. La Florida',
      messages: [],
      changes: { flo_id: { from: '1200', to: '1203' } },
    },
  ],
}

function childrenOf(register: Register, id: string): Record<string, Row[]> {
  const out: Record<string, Row[]> = {}
  for (const r of register.rows) {
    if (r.fields.organization === id && !r.deleted) (out[r.collection] ??= []).push(r)
  }
  return out
}
