/** What the HTTP API says, as docs/api.md tells it. Times are milliseconds since 1970 UTC. */

export type * from './schema'
export type * from './session'
export type * from './records'
export type * from './overview'
export type * from './conflicts'
export type * from './imports'
export type * from './merges'
export type * from './upkeep'
export type * from './dashboard'
export type * from './places'
export type * from './sync'
export type * from './office'
