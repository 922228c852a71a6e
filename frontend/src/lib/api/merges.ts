import type { Row, Value } from './records'

/** What making one record of two says. */

/** Where a value is taken from; of a set, the members of both can be. */
export type MergeSide = 'survivor' | 'loser' | 'both'

export interface MergeDifference {
  field: string
  survivor: Value
  loser: Value
  /** What is taken when nothing is said. */
  default: MergeSide
}

/** How many records of a collection go over to the survivor. */
export interface MergeCount {
  collection: string
  moved: number
  /** Of them: joined with one of the same fact. */
  joined: number
}

export interface MergePreview {
  survivor: Row
  loser: Row
  differences: MergeDifference[]
  moves: MergeCount[]
}

export interface MergeOrder {
  collection: string
  survivor: string
  loser: string
  /** By field. */
  take: Record<string, MergeSide>
}

export interface Merged {
  /** By which it is undone. */
  merge: string
  survivor: Row
  moves: MergeCount[]
}
