/** The conflict inbox. */

import type { Value } from './records'

/** What a conflict is about: a field's value, a group's by field, or whether the record is deleted. */
export type Disputed = Value | Record<string, Value>

export interface Conflict {
  id: string
  network: string
  collection: string
  record: string
  title: string
  field: string
  kind: 'edit' | 'delete'
  status: 'open' | 'resolved'
  before: Disputed
  mine: Disputed
  theirs: Disputed
  mine_by: string
  theirs_by: string
  mine_at: number
  theirs_at: number
  /** Whether this computer wrote one of the two, which is then mine. */
  own: boolean
  current: Disputed
  must_review: boolean
  resolution: '' | 'mine' | 'theirs' | 'value'
}

export type Keep = 'mine' | 'theirs' | 'value' | 'reopen'
