/** What the HTTP API says, as docs/api.md tells it. Times are milliseconds since 1970 UTC. */

export type Locale = 'es' | 'en' | 'pt' | 'fr'
export type Label = Record<Locale, string>

export type FieldType =
  | 'text'
  | 'long_text'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'instant'
  | 'choice'
  | 'choices'
  | 'reference'
  | 'country'
  | 'countries'
  | 'texts'
  | 'emails'
  | 'phones'
  | 'url'
  | 'flo_id'
  | 'json'

export interface Option {
  code: string
  label: Label
}

export interface Field {
  number: number
  name: string
  type: FieldType
  label: Label
  help: Label
  rule: string
  group?: string
  required?: boolean
  sensitive?: boolean
  options?: Option[]
  target?: string
  min?: number
  max?: number
  max_length?: number
  unit?: string
  search?: boolean
  grid?: boolean
  indexed?: boolean
  system?: boolean
  /** Of a field that a network added for itself: whose it is, its place among the network's, and whether it is retired. */
  network?: string
  place?: number
  retired?: boolean
}

export type Role = 'viewer' | 'field' | 'coordinator' | 'office' | 'admin' | 'nobody'

export interface Collection {
  number: number
  name: string
  label: Label
  plural: Label
  fields: Field[]
  /** Made from other records, for a day: shown and filtered like fields, never edited. */
  derived?: Field[]
  title: string
  parent?: string
  identity?: string[]
  append_only?: boolean
  server_owned?: boolean
  editable?: string[]
  unsynced?: boolean
  sensitive?: boolean
  write: Role
  delete: Role
}

export type Value = string | number | boolean | string[] | null
export type Values = Record<string, Value>

export type RowState = 'clean' | 'pending' | 'conflict' | 'rejected'

export interface Row {
  id: string
  collection: string
  network: string
  version: number
  deleted: boolean
  title: string
  state: RowState
  updated_at: number
  updated_by: string
  fields: Values
  derived?: Values
  /** Of a list of an earlier day: how far the values are of that day. */
  as_of?: { values: 'known' | 'first' | 'partial'; since?: number; unknown?: string[] }
}

export interface Network {
  code: string
  name: string
  countries: string[]
}

export interface Session {
  host: 'desktop' | 'office'
  version: string
  state: 'ready' | 'enroll' | 'locked' | 'withdrawn' | 'wiped' | 'sign_in' | 'setup'
  user?: { name: string; email: string; role: Role }
  networks: Network[]
  device?: { name: string; number: number }
  lang: string
  server?: string
  wiped?: { at: number; handed_in: number; at_once: boolean; done: boolean }
}

export interface Page {
  total: number
  records: Row[]
}

/** What narrows a list: the same for records, facets and exports. */
export interface Query {
  network?: string[]
  q?: string
  where?: string[]
  sort?: string
  deleted?: boolean
  /** A day: derived fields are of that day, and values as far as their history is here. */
  asOf?: string
}

export interface EditProblem {
  edit: number
  field?: string
  code: string
  message: string
}

export interface FacetValue {
  value: string
  count: number
}

export interface Change {
  from: Value
  to: Value
}
export type Changes = Record<string, Change>

export interface HistoryEntry {
  version: number
  kind: 'create' | 'update' | 'delete' | 'restore' | (string & {})
  status: string
  by: string
  device: string
  at: number
  changes: Changes
}

export interface History {
  complete: boolean
  entries: HistoryEntry[]
}

export interface Hit {
  collection: string
  id: string
  network: string
  title: string
  detail: string
}

export interface NetworkFigures {
  code: string
  name: string
  organizations: number
  contacts: number
  sites: number
  members: number
  women: number
  expiring: number
  conflicts: number
  seq: number
  checksum: string
  records: number
}

export interface Recent {
  collection: string
  id: string
  network: string
  title: string
  by: string
  at: number
  kind: string
  /** The organization it belongs to, or is. */
  of?: string
  of_title?: string
}

export interface Overview {
  networks: NetworkFigures[]
  recent: Recent[]
}

export interface Edit {
  kind: 'create' | 'update' | 'delete' | 'restore'
  collection: string
  network: string
  id?: string
  base?: number
  fields?: Values
}

export interface Saved {
  records: Row[]
  group: string
}

/** What a conflict is about: a field's value, a group's by field, or whether the record is deleted. */
export type Disputed = Value | Record<string, Value>

export interface Conflict {
  id: string
  network: string
  collection: string
  record: string
  title: string
  field: string
  kind: 'edit' | 'delete'
  status: 'open' | 'resolved'
  before: Disputed
  mine: Disputed
  theirs: Disputed
  mine_by: string
  theirs_by: string
  mine_at: number
  theirs_at: number
  current: Disputed
  must_review: boolean
  resolution: '' | 'mine' | 'theirs' | 'value'
}

export type Keep = 'mine' | 'theirs' | 'value' | 'reopen'

export type * from './imports'
export type * from './merges'
export type * from './upkeep'
export type * from './dashboard'
export type * from './places'

export interface Reason {
  code: string
  message: string
}

export type SyncState =
  | 'up_to_date'
  | 'pending'
  | 'sending'
  | 'receiving'
  | 'offline'
  | 'attention'
  | 'first_sync'
  | 'not_enrolled'
  | 'locked'

export interface Status {
  state: SyncState
  online: boolean
  pending: number
  sent: number
  rejected: number
  conflicts: number
  last_success: number
  last_attempt: number
  last_error: Reason | null
  progress: { done: number; total: number } | null
  server: string
  networks: { code: string; seq: number; checksum: string; records: number; complete: boolean }[]
  receipt: string
  repaired: SyncRepair | null
  lease: { days: number; ends: number; near: boolean } | null
}

import type { SyncRepair } from './sync'

export type * from './sync'

export type * from './office'
