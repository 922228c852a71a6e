import type { Changes } from './records'

/** What importing says. */

export type ReadAs = 'text' | 'wkt_point' | 'array' | 'tag' | 'note' | 'ignore' | 'calculated'

export interface ColumnMapping {
  column: string
  to: string
  as: ReadAs
  values?: Record<string, string>
}

export interface Mapping {
  columns: ColumnMapping[]
  empty: string[]
  match: string[]
  defaults: Record<string, unknown>
  sheet: string
  header_row: number
}

export interface Upload {
  token: string
  format: string
  encoding: string
  separator: string
  sheets: string[]
  sheet: string
  header_row: number
  columns: { name: string; samples: string[]; empty: number; distinct: number }[]
  rows: number
  mapping: Mapping
  /** The import whose mapping is proposed again, for its file had the same columns. */
  remembered?: { file: string; at: number }
}

export type ImportMode = 'add' | 'update' | 'both'
export type Outcome = 'add' | 'update' | 'conflict' | 'unchanged' | 'skip' | 'problem'

export interface ReportItem {
  row: number
  outcome: Outcome
  id: string
  title: string
  messages: string[]
  changes?: Changes
}

export interface Report {
  batch: string
  rows: number
  added: number
  updated: number
  conflicts: number
  unchanged: number
  skipped: number
  problems: number
  warnings: number
  blank: number
  children: Record<string, number>
  columns: { column: string; to: string; as: ReadAs; used: number; empty: number; note: string }[]
  items: ReportItem[]
  truncated: number
}

export interface Batch {
  id: string
  network: string
  file: string
  collection: string
  rows: number
  added: number
  updated: number
  skipped: number
  status: 'done' | 'undone'
  by: string
  at: number
  can_undo: boolean
}

export interface Undone {
  reverted: number
  kept: { id: string; title: string; reason: string }[]
}
