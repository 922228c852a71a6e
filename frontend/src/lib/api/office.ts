/** What only the office's console asks for and gets. */

import type { Role } from './types'

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
}
