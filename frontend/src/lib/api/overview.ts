/** What the first screen tells. */

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
