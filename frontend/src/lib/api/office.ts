/** What only the office's console asks for and gets. */

import type { Changes, Values } from './records'
import type { Role } from './schema'

export interface Person {
  id: string
  email: string
  name: string
  role: Role
  networks: string[]
  active: boolean
  created_at: number
  last_seen: number
}

export interface Device {
  id: string
  number: number
  name: string
  user: string
  user_name: string
  networks: string[]
  version: string
  platform: string
  created_at: number
  last_seen: number
  online: boolean
  pending: number
  revoked: boolean
  /** When it handed in the last of its edits, after it was shut out; 0: never. */
  handed_in: number
  /** Edits that it handed in. */
  proposals: number
  /** The order to wipe it; obeyed is 0 until it has said that it does. */
  wipe: { at: number; at_once: boolean; obeyed: number } | null
}

/** What the office sets for all laptops. */
export interface OfficeSettings {
  /** Without contact, until the register is locked; 0: never. */
  lease_days: number
  most_lease_days: number
  /** Records of others that may be deleted from one computer within a day, before the office is asked; 0: any number. */
  deletions: number
  most_deletions: number
}

/** An edit that a laptop could not send any more and handed in. */
export interface Proposal {
  id: string
  network: string
  collection: string
  record: string
  title: string
  kind: 'create' | 'update' | 'delete'
  changes: Changes
  /** The values of those fields in the record now. */
  current: Values
  exists: boolean
  by: string
  device: string
  edited_at: number
  handed_in_at: number
  reason: 'network' | 'person' | 'device' | 'wipe' | 'deletions'
  /** Proposals of one group are decided together. */
  group: string
  status: 'open' | 'accepted' | 'dismissed' | 'withdrawn'
}

export type ProposalDecision = 'accept' | 'dismiss' | 'reopen'

/** What became of one decision about many proposals. */
export interface Decided {
  decided: number
  /** Those that are left as they were, and why. */
  refused: { id: string; code: string; message: string }[]
}

/** What laptops gave back since the server was restored from a backup. */
export interface Recovery {
  restored: number
  /** Of the newest change in the backup; 0 when it was empty. */
  backup: number
  edits: number
  records: number
  devices: { name: string; user: string; edits: number; records: number; last: number }[]
  /** Those that have not been here since. */
  waiting: { name: string; user: string; last_seen: number }[]
}
