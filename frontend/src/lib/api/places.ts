import type { Row } from './records'

/** The sites of the organizations that a query selects, column by column. */
export interface Positions {
  sites: string[]
  lat: number[]
  lon: number[]
  /** Which of them cannot be in the country that their organization names. */
  outside: number[]
  unplaced: number
}

export interface Place {
  site: Row
  organization: string
  country?: string
  outside?: { country: string; kilometers: number; lat?: number; lon?: number }
}

/** Why two organizations may be the same one, or not. */
export interface Likeness {
  code: string
  value?: string
  share?: number
}

export interface DuplicatePair {
  score: number
  reasons: Likeness[]
  first: Row
  second: Row
}

export interface Lookalike {
  score: number
  reasons: Likeness[]
  organization: Row
}
