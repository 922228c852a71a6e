/** Records: listing, reading and editing them. */

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
