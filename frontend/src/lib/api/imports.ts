import type { Changes } from './types'

/** What importing says. */

export interface ColumnMapping {
  column: string
  to: string
  as?: string
  values?: Record<string, string>
}

export interface Mapping {
  columns: ColumnMapping[]
  empty?: string[]
  match?: string[]
  defaults?: Record<string, string>
  sheet?: string
  header_row?: number
}

export interface Upload {
  token: string
  format: string
  encoding: string
  sheets: string[]
  columns: { name: string; samples: string[]; empty: number }[]
  rows: number
  mapping: Mapping
}

export type ImportMode = 'add' | 'update' | 'both'
export type Outcome = 'add' | 'update' | 'unchanged' | 'skip' | 'problem'

export interface ReportItem {
  row: number
  outcome: Outcome
  id: string
  title: string
  messages: string[]
  changes?: Changes
}

export interface Report {
  batch?: string
  rows: number
  added: number
  updated: number
  unchanged: number
  skipped: number
  problems: number
  warnings: number
  children: Record<string, number>
  columns: { column: string; to: string; as?: string; used: number; empty: number; note: string }[]
  items: ReportItem[]
  truncated?: number
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
