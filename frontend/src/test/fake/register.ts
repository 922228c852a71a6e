import type {
  Batch,
  Changes,
  Conflict,
  Edit,
  HistoryEntry,
  PendingEdit,
  PendingEdits,
  Proposal,
  Query,
  Row,
  Status,
  Value,
} from '../../lib/api/types'
import { collections, conflictsOf, newID, seed, start } from './seed'

const fold = (s: string) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: { code: string; message: string; field?: string },
  ) {
    super(body.message)
  }
}

/** The made-up register in memory: enough of the API's behavior to work on screens. */
export class Register {
  rows: Row[]
  conflicts: Conflict[]
  pending: PendingEdit[] = []
  get unaccepted(): PendingEdits {
    const rejected = this.pending.filter((p) => p.status === 'rejected').length
    return { edits: this.pending, waiting: this.pending.length - rejected, rejected }
  }
  batches: Batch[] = []
  proposals: Proposal[] = []
  drafts = new Map<string, string>()
  history = new Map<string, HistoryEntry[]>()

  constructor(
    readonly host: 'desktop' | 'office',
    size: number,
    readonly emit: (name: string, data: unknown) => void = () => undefined,
  ) {
    this.rows = seed(size)
    this.conflicts = conflictsOf(this.rows)
  }

  select(collection: string, q: Query): Row[] {
    const words = fold(q.q ?? '')
      .split(/\s+/)
      .filter(Boolean)
    const found = this.rows.filter(
      (r) =>
        r.collection === collection &&
        r.deleted === (q.deleted ?? false) &&
        (!q.network?.length || q.network.includes(r.network)) &&
        (q.where ?? []).every((w) => w.includes('|=') || holds(r, w)) &&
        alternatives(q.where ?? []).every((group) => group.some((w) => holds(r, w))) &&
        words.every((w) => fold(text(r)).includes(w)),
    )
    const by = (q.sort ?? '').replace(/^-/, '')
    const sign = q.sort?.startsWith('-') ? -1 : 1
    if (by) found.sort((a, b) => sign * compare(valueOf(a, by), valueOf(b, by)))
    return found
  }

  facets(collection: string, field: string, q: Query): { value: string; count: number }[] {
    const counts = new Map<string, number>()
    for (const r of this.select(collection, q)) {
      const v = r.fields[field]
      for (const one of Array.isArray(v) ? v : [v == null ? '' : String(v)])
        counts.set(one, (counts.get(one) ?? 0) + 1)
    }
    return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count)
  }

  /** What would be refused of some edits. */
  problems(edits: Edit[]) {
    return edits.flatMap((e, edit) => {
      try {
        check(e)
        return []
      } catch (thrown) {
        return thrown instanceof Refused ? [{ edit, ...thrown.body }] : []
      }
    })
  }

  get(id: string): Row {
    const found = this.rows.find((r) => r.id === id)
    if (!found) throw new Refused(404, { code: 'not_found', message: 'No existe: ' + id })
    return found
  }

  edit(edits: Edit[]): Row[] {
    edits.forEach(check)
    return edits.map((e) => this.#apply(e))
  }

  #apply(e: Edit): Row {
    const now = Date.now()
    const changes: Changes = {}
    let r: Row
    if (e.kind === 'create') {
      r = {
        id: newID(),
        collection: e.collection,
        network: e.network,
        version: 0,
        deleted: false,
        title: '',
        state: 'clean',
        updated_at: now,
        updated_by: 'Ana Flores',
        fields: {},
      }
      this.rows.push(r)
    } else r = this.get(e.id ?? '')
    if (e.kind === 'delete' || e.kind === 'restore') r.deleted = e.kind === 'delete'
    for (const [name, to] of Object.entries(e.fields ?? {})) {
      changes[name] = { from: r.fields[name] ?? null, to }
      r.fields[name] = to
    }
    r.version++
    r.updated_at = now
    r.updated_by = 'Ana Flores'
    r.title = String(r.fields[collections.find((c) => c.name === e.collection)?.title ?? 'name'] ?? '')
    if (this.host === 'desktop') this.#queue(e, r, changes, now)
    const entry: HistoryEntry = {
      version: r.version,
      kind: e.kind,
      status: 'accepted',
      by: 'Ana Flores',
      device: 'Laptop de Ana',
      at: now,
      changes,
    }
    this.history.set(r.id, [entry, ...(this.history.get(r.id) ?? [])])
    this.emit('changed', { network: e.network, collections: [e.collection] })
    this.emit('status', this.status())
    return structuredClone(r)
  }

  #queue(e: Edit, r: Row, changes: Changes, at: number) {
    if (r.state === 'clean') r.state = 'pending'
    this.pending.push({
      op: newID(),
      kind: e.kind,
      collection: e.collection,
      id: r.id,
      network: r.network,
      title: r.title,
      at,
      status: 'pending',
      reason: null,
      changes,
    })
  }

  historyOf(id: string): HistoryEntry[] {
    const r = this.get(id)
    const changes = Object.fromEntries(
      Object.entries(r.fields).map(([k, v]) => [k, { from: null as Value, to: v }]),
    )
    const first: HistoryEntry = {
      version: 1,
      kind: 'create',
      status: 'accepted',
      by: 'José Huamán',
      device: 'Laptop de José',
      at: start - 9e9,
      changes,
    }
    return [...(this.history.get(id) ?? []), first]
  }

  status(): Status {
    const pending = this.pending.length
    return {
      state: pending > 0 ? 'offline' : 'up_to_date',
      online: pending === 0,
      pending,
      sent: 0,
      rejected: this.pending.filter((p) => p.status === 'rejected').length,
      conflicts: this.conflicts.filter((c) => c.status === 'open').length,
      last_success: start,
      last_attempt: Date.now() - 40_000,
      last_error:
        pending > 0
          ? {
              code: 'server_unreachable',
              message: 'No hay conexión con el servidor. Su trabajo está a salvo aquí y se enviará solo.',
            }
          : null,
      progress: null,
      server: 'https://acopio.example.org',
      networks: [{ code: 'PE', seq: 1204, checksum: '9f3a77c1', records: 2411, complete: true }],
      receipt: 'KOTA-1204-9F3A',
      repaired: null,
      lease: null,
    }
  }
}

function check(e: Edit) {
  for (const [name, v] of Object.entries(e.fields ?? {})) {
    if (name === 'flo_id' && v !== null && !/^\d{1,7}$/.test(String(v))) {
      throw new Refused(422, {
        code: 'bad_flo_id',
        message: `«${String(v)}» no es un FLO ID válido: debe ser un número de 1 a 7 cifras.`,
        field: name,
      })
    }
    if (name === 'name' && v === null)
      throw new Refused(422, {
        code: 'missing_field',
        message: 'Falta el campo obligatorio «name».',
        field: name,
      })
  }
}

/** Conditions of which one for each field must hold. */
function alternatives(where: string[]): string[][] {
  const groups = new Map<string, string[]>()
  for (const w of where) {
    const [name = '', rest] = w.split('|=')
    if (rest !== undefined) groups.set(name, [...(groups.get(name) ?? []), w])
  }
  return [...groups.values()]
}

function valueOf(r: Row, name: string): Value {
  return name === 'updated_at' ? r.updated_at : (r.fields[name] ?? null)
}

function compare(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'es')
}

function holds(r: Row, where: string): boolean {
  const found = /^(\w+)(>=|<=|!=|\|=|=|~)(.*)$/s.exec(where)
  if (!found) return true
  const [, name = '', op, wanted = ''] = found
  const v = valueOf(r, name)
  if (op === '~') return fold(String(v ?? '')).includes(fold(wanted))
  if (op === '>=' || op === '<=')
    return v !== null && (op === '>=' ? String(v) >= wanted : String(v) <= wanted)
  const is = Array.isArray(v)
    ? wanted === ''
      ? v.length === 0
      : v.includes(wanted)
    : String(v ?? '') === wanted
  return op === '!=' ? !is : is
}

const text = (r: Row) =>
  ['name', 'acronym', 'flo_id', 'admin1', 'admin2', 'subject', 'tags']
    .map((f) => String(r.fields[f] ?? ''))
    .join(' ')
