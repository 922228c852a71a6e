/** Who works here, and on what. */

import type { Role } from './schema'

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
