/** What is told of edits and of sending them. */

import type { Changes, Edit } from './records'

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

export interface PendingEdit {
  op: string
  group?: string
  kind: Edit['kind']
  collection: string
  id: string
  network: string
  title: string
  at: number
  status: 'pending' | 'sent' | 'rejected'
  reason: Reason | null
  changes: Changes
}

/** The oldest edits that the server has not accepted, and how many there are in all; or all of one record. */
export interface PendingEdits {
  edits: PendingEdit[]
  waiting: number
  rejected: number
}

/** What became of the edits of a network that this computer may no longer send. */
export interface HandedIn {
  network: string
  at: number
  proposals: number
  arrived: number
  kept: number
}

/** What was tried and sent lately, the last thing first. */
export interface SyncLog {
  attempts: { from: number; to: number; times: number; reason: Reason | null }[]
  sent: PendingEdit[]
  repairs: SyncRepair[]
}

/** One time that rows on this computer were found to differ from the server's, and were made equal. */
export interface SyncRepair {
  at: number
  network: string
  records: number
  whole: boolean
}
