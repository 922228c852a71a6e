/** Every request the interface makes, typed. Nothing else calls fetch. */
import { address, get, patch, post, remove } from './request'
import type {
  Batch,
  Collection,
  Conflict,
  Device,
  Disputed,
  Edit,
  FacetValue,
  History,
  Hit,
  ImportMode,
  Keep,
  Mapping,
  Network,
  Overview,
  Page,
  PendingEdit,
  Person,
  Query,
  Report,
  Row,
  Saved,
  Session,
  Status,
  Undone,
  Upload,
} from './types'

interface Window {
  limit?: number
  offset?: number
}

const params = (q: Query) => ({ ...q }) as Record<string, string | string[] | boolean | undefined>

export const backend = {
  session: () => get<Session>('session'),
  schema: () => get<{ collections: Collection[] }>('schema'),

  list: (collection: string, query: Query, window: Window = {}, signal?: AbortSignal) =>
    get<Page>(`records/${collection}`, { ...params(query), ...window }, signal),
  record: (collection: string, id: string) => get<Row>(`records/${collection}/${id}`),
  related: (collection: string, id: string) =>
    get<{ children: Record<string, Row[]> }>(`records/${collection}/${id}/related`),
  history: (collection: string, id: string) => get<History>(`records/${collection}/${id}/history`),
  facets: (collection: string, field: string, query: Query, signal?: AbortSignal) =>
    get<{ values: FacetValue[] }>(`facets/${collection}`, { ...params(query), field }, signal),
  find: (q: string, signal?: AbortSignal) => get<{ hits: Hit[] }>('find', { q }, signal),
  overview: () => get<Overview>('overview'),
  exportAddress: (collection: string, query: Query, format: string, lang: string) =>
    address(`export/${collection}`, { ...params(query), format, lang }),

  edit: (edits: Edit[]) => post<Saved>('edits', { edits }),

  conflicts: (status: Conflict['status'], network = '') =>
    get<{ conflicts: Conflict[] }>('conflicts', { status, network }),
  resolve: (id: string, keep: Keep, value?: Disputed) =>
    post<Conflict>(`conflicts/${id}/resolve`, keep === 'value' ? { keep, value } : { keep }),

  upload: (file: File, collection: string, network: string) => {
    const form = new FormData()
    form.set('collection', collection)
    form.set('network', network)
    form.set('file', file, file.name)
    return post<Upload>('imports', form)
  },
  preview: (token: string, mapping: Mapping, mode: ImportMode) =>
    post<Report>(`imports/${token}/preview`, { mapping, mode }),
  runImport: (token: string, mapping: Mapping, mode: ImportMode) =>
    post<Report>(`imports/${token}/run`, { mapping, mode }),
  dropUpload: (token: string) => remove<unknown>(`imports/${token}`),
  batches: () => get<{ batches: Batch[] }>('batches'),
  undoBatch: (id: string) => post<Undone>(`batches/${id}/undo`),

  // The window only.
  enroll: (server: string, code: string, name: string) => post<Session>('enroll', { server, code, name }),
  status: () => get<Status>('sync'),
  syncNow: () => post<Status>('sync'),
  pending: () => get<{ edits: PendingEdit[] }>('pending'),
  retry: (op: string) => post<unknown>(`pending/${op}/retry`),
  discard: (op: string) => post<unknown>(`pending/${op}/discard`),

  // The office only.
  signIn: (email: string, password: string) => post<Session>('sign-in', { email, password }),
  signOut: () => post<unknown>('sign-out'),
  setUp: (token: string, email: string, name: string, password: string) =>
    post<Session>('setup', { token, email, name, password }),
  people: () => get<{ users: Person[] }>('users'),
  addPerson: (person: Pick<Person, 'email' | 'name' | 'role' | 'networks'> & { password: string }) =>
    post<Person>('users', person),
  changePerson: (
    id: string,
    changes: Partial<Pick<Person, 'name' | 'role' | 'networks' | 'active'>> & { password?: string },
  ) => patch<Person>(`users/${id}`, changes),
  devices: () => get<{ devices: Device[] }>('devices'),
  revoke: (id: string) => post<unknown>(`devices/${id}/revoke`),
  deviceCode: (user: string) => post<{ code: string; expires: number }>('device-codes', { user }),
  addNetwork: (network: Network) => post<unknown>('networks', network),
}
