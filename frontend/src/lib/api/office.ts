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
