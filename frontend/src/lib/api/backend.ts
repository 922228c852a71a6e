/** Every request the interface makes, typed. Nothing else calls fetch. */
import { answer, client, office } from './client'
import type {
  Batch,
  Call,
  Collection,
  Conflict,
  Dashboard,
  Decided,
  Device,
  Disputed,
  DuplicatePair,
  Edit,
  EditProblem,
  FacetValue,
  HandedIn,
  History,
  Hit,
  ImportMode,
  Keep,
  Lookalike,
  Mapping,
  Merged,
  MergeOrder,
  MergePreview,
  Network,
  OfficeSettings,
  Overview,
  Page,
  PendingEdits,
  Person,
  Place,
  Positions,
  Proposal,
  ProposalDecision,
  Query,
  Recovery,
  Report,
  Row,
  Saved,
  Session,
  ShelfLife,
  Status,
  SyncLog,
  Undone,
  Upkeep,
  Upload,
} from './types'

interface Window {
  limit?: number
  offset?: number
}

/** A query without what it does not say. */
function filter({ network, q, where, deleted, asOf }: Query) {
  return {
    ...(network?.length ? { network } : {}),
    ...(q ? { q } : {}),
    ...(where?.length ? { where } : {}),
    ...(deleted ? { deleted } : {}),
    ...(asOf ? { as_of: asOf } : {}),
  }
}

const inPlace = (network: string[], country: string) => ({
  ...(network.length ? { network } : {}),
  ...(country ? { country } : {}),
})

const cancel = (signal?: AbortSignal) => (signal ? { signal } : {})

/** Where an export is read from: an address, since it goes to a file and not through the page. */
function exportAddress(
  collection: string,
  query: Query,
  fields: string[],
  format: string,
  lang: string,
): string {
  const params = new URLSearchParams({ format, lang })
  const { network, q, where } = filter(query)
  network?.forEach((n) => params.append('network', n))
  where?.forEach((w) => params.append('where', w))
  if (q) params.set('q', q)
  if (query.sort) params.set('sort', query.sort)
  if (query.deleted) params.set('deleted', 'true')
  if (query.asOf) params.set('as_of', query.asOf)
  if (fields.length > 0) params.set('fields', fields.join())
  return `/api/export/${collection}?${params.toString()}`
}

function uploadForm(file: File, collection: string, network: string): FormData {
  const form = new FormData()
  form.set('collection', collection)
  form.set('network', network)
  form.set('file', file, file.name)
  return form
}

export const backend = {
  session: () => answer<Session>(client.GET('/api/session')),
  schema: () => answer<{ collections: Collection[] }>(client.GET('/api/schema')),

  list: (collection: string, query: Query, window: Window = {}, signal?: AbortSignal) =>
    answer<Page>(
      client.GET('/api/records/{collection}', {
        params: {
          path: { collection },
          query: { ...filter(query), ...(query.sort ? { sort: query.sort } : {}), ...window },
        },
        ...cancel(signal),
      }),
    ),
  record: (collection: string, id: string) =>
    answer<Row>(client.GET('/api/records/{collection}/{id}', { params: { path: { collection, id } } })),
  related: (collection: string, id: string) =>
    answer<{ children: Record<string, Row[]> }>(
      client.GET('/api/records/{collection}/{id}/related', { params: { path: { collection, id } } }),
    ),
  history: (collection: string, id: string) =>
    answer<History>(
      client.GET('/api/records/{collection}/{id}/history', { params: { path: { collection, id } } }),
    ),
  facets: (collection: string, field: string, query: Query, signal?: AbortSignal) =>
    answer<{ values: FacetValue[] }>(
      client.GET('/api/facets/{collection}', {
        params: { path: { collection }, query: { ...filter(query), field } },
        ...cancel(signal),
      }),
    ),
  places: (collection: string, query: Query, outside: boolean, signal?: AbortSignal) =>
    answer<Positions>(
      client.GET('/api/places/{collection}', {
        params: {
          path: { collection },
          query: {
            ...filter(query),
            ...(query.sort ? { sort: query.sort } : {}),
            ...(outside ? { outside } : {}),
          },
        },
        ...cancel(signal),
      }),
    ),
  sites: (id: string[]) =>
    answer<{ places: Place[] }>(client.GET('/api/sites', { params: { query: { id } } })),
  duplicates: (network: string[], limit: number) =>
    answer<{ searching: boolean; total: number; pairs: DuplicatePair[] }>(
      client.GET('/api/duplicates', { params: { query: { ...(network.length ? { network } : {}), limit } } }),
    ),
  lookalikes: (
    typed: { network: string; name: string; flo_id: string; phone: string[]; country: string },
    signal?: AbortSignal,
  ) =>
    answer<{ lookalikes: Lookalike[] }>(
      client.GET('/api/lookalikes', { params: { query: typed }, ...cancel(signal) }),
    ),
  previewMerge: (collection: string, survivor: string, loser: string) =>
    answer<MergePreview>(
      client.GET('/api/merges/preview', { params: { query: { collection, survivor, loser } } }),
    ),
  merge: (order: MergeOrder) => answer<Merged>(client.POST('/api/merges', { body: order })),
  undoMerge: (id: string) =>
    answer<Undone>(client.POST('/api/merges/{id}/undo', { params: { path: { id } } })),
  find: (q: string, signal?: AbortSignal) =>
    answer<{ hits: Hit[] }>(client.GET('/api/find', { params: { query: { q } }, ...cancel(signal) })),
  calls: (asked: { network: string[]; country: string; part: string }, window: Window = {}) =>
    answer<{ total: number; calls: Call[] }>(
      client.GET('/api/calls', {
        params: {
          query: {
            ...inPlace(asked.network, asked.country),
            ...(asked.part ? { part: asked.part as 'contacts' } : {}),
            ...window,
          },
        },
      }),
    ),
  upkeep: (id: string) => answer<Upkeep>(client.GET('/api/upkeep/{id}', { params: { path: { id } } })),
  shelfLives: () =>
    answer<{ networks: { network: string; parts: ShelfLife[] }[] }>(client.GET('/api/shelf-lives')),
  dashboard: (network: string[], country: string) =>
    answer<Dashboard>(client.GET('/api/dashboard', { params: { query: inPlace(network, country) } })),
  overview: () => answer<Overview>(client.GET('/api/overview')),
  exportAddress,

  /** confirmed is how many deletions the person was told of. */
  edit: (edits: Edit[], confirmed = 0) =>
    answer<Saved>(client.POST('/api/edits', { body: { edits, confirmed } })),
  check: (edits: Edit[]) =>
    answer<{ problems: EditProblem[] }>(client.POST('/api/edits/check', { body: { edits } })),

  conflicts: (status: Conflict['status'], network = '') =>
    answer<{ conflicts: Conflict[] }>(
      client.GET('/api/conflicts', {
        params: { query: { status, ...(network ? { network: [network] } : {}) } },
      }),
    ),
  resolve: (id: string, keep: Keep, value?: Disputed) =>
    answer<Conflict>(
      client.POST('/api/conflicts/{id}/resolve', {
        params: { path: { id } },
        body: keep === 'value' ? { keep, value } : { keep },
      }),
    ),

  proposals: (status: Proposal['status'], network = '') =>
    answer<{ proposals: Proposal[] }>(
      client.GET('/api/proposals', {
        params: { query: { status, ...(network ? { network: [network] } : {}) } },
      }),
    ),
  decide: (ids: string[], decision: ProposalDecision) =>
    answer<Decided>(client.POST('/api/proposals/decide', { body: { ids, decision } })),

  upload: (file: File, collection: string, network: string) =>
    answer<Upload>(
      client.POST('/api/imports', {
        body: { collection, network, file: '' }, // the form below, with the file itself
        bodySerializer: () => uploadForm(file, collection, network),
      }),
    ),
  preview: (token: string, mapping: Mapping, mode: ImportMode) =>
    answer<Report>(
      client.POST('/api/imports/{token}/preview', {
        params: { path: { token } },
        body: { mapping: mapping, mode },
      }),
    ),
  runImport: (token: string, mapping: Mapping, mode: ImportMode) =>
    answer<Report>(
      client.POST('/api/imports/{token}/run', {
        params: { path: { token } },
        body: { mapping: mapping, mode },
      }),
    ),
  dropUpload: (token: string) =>
    answer(client.DELETE('/api/imports/{token}', { params: { path: { token } } })),
  batches: () => answer<{ batches: Batch[] }>(client.GET('/api/batches')),
  undoBatch: (id: string) =>
    answer<Undone>(client.POST('/api/batches/{id}/undo', { params: { path: { id } } })),

  // The window only.
  enroll: (server: string, code: string, name: string) =>
    answer<Session>(client.POST('/api/enroll', { body: { server, code, name } })),
  status: () => answer<Status>(client.GET('/api/sync')),
  syncNow: () => answer<Status>(client.POST('/api/sync')),
  syncLog: () => answer<SyncLog>(client.GET('/api/sync/log')),
  handIns: () => answer<{ hand_ins: HandedIn[] }>(client.GET('/api/sync/handed-in')),
  drafts: () => answer<{ drafts: Record<string, string> }>(client.GET('/api/drafts')),
  putDraft: (key: string, value: string) => answer(client.PUT('/api/drafts', { body: { key, value } })),
  pending: (of?: { collection: string; record: string }) =>
    answer<PendingEdits>(client.GET('/api/pending', { params: { query: of ?? {} } })),
  retry: (op: string) => answer(client.POST('/api/pending/{op}/retry', { params: { path: { op } } })),
  discard: (op: string) => answer(client.POST('/api/pending/{op}/discard', { params: { path: { op } } })),

  // The office only.
  signIn: (email: string, password: string) => office<Session>('POST', 'sign-in', { email, password }),
  signOut: () => office('POST', 'sign-out'),
  setUp: (token: string, email: string, name: string, password: string) =>
    office<Session>('POST', 'setup', { token, email, name, password }),
  people: () => office<{ users: Person[] }>('GET', 'users'),
  addPerson: (person: Pick<Person, 'email' | 'name' | 'role' | 'networks'> & { password: string }) =>
    office<Person>('POST', 'users', person),
  changePerson: (
    id: string,
    changes: Partial<Pick<Person, 'name' | 'role' | 'networks' | 'active'>> & { password?: string },
  ) => office<Person>('PATCH', `users/${id}`, changes),
  devices: () => office<{ devices: Device[] }>('GET', 'devices'),
  revoke: (id: string) => office('POST', `devices/${id}/revoke`),
  wipe: (id: string, name: string, at_once: boolean) =>
    office('POST', `devices/${id}/wipe`, { name, at_once }),
  settings: () => office<OfficeSettings>('GET', 'settings'),
  changeSettings: (settings: Partial<OfficeSettings>) =>
    office<OfficeSettings>('PATCH', 'settings', settings),
  deviceCode: (user: string) => office<{ code: string; expires: number }>('POST', 'device-codes', { user }),
  recovery: () => office<{ recovery: Recovery | null }>('GET', 'recovery'),
  addNetwork: (network: Network) => office('POST', 'networks', network),
}
