import type { Row } from './records'

/** How current one part of what is known of an organization is. */
export interface UpkeepPart {
  part: string
  /** The day it was last verified, and the day after which it is out of date. */
  verified?: string
  due?: string
  fresh: boolean
}

export interface Upkeep {
  freshness: number
  /** The day on which nobody was reached. */
  unreached?: string
  parts: UpkeepPart[]
}

export interface Call {
  organization: Row
  upkeep: Upkeep
}

export interface ShelfLife {
  part: string
  months: number
  weight: number
  usual: number
}
