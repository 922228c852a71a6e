/** What the register consists of: collections and their fields. */

export type Locale = 'es' | 'en' | 'pt' | 'fr'
export type Label = Record<Locale, string>

export type FieldType =
  | 'text'
  | 'long_text'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'instant'
  | 'choice'
  | 'choices'
  | 'reference'
  | 'country'
  | 'countries'
  | 'texts'
  | 'emails'
  | 'phones'
  | 'url'
  | 'flo_id'
  | 'json'

export interface Option {
  code: string
  label: Label
}

export interface Field {
  number: number
  name: string
  type: FieldType
  label: Label
  help: Label
  rule: string
  group?: string
  required?: boolean
  sensitive?: boolean
  options?: Option[]
  target?: string
  min?: number
  max?: number
  max_length?: number
  unit?: string
  search?: boolean
  grid?: boolean
  indexed?: boolean
  system?: boolean
  /** Of a field that a network added for itself: whose it is, its place among the network's, and whether it is retired. */
  network?: string
  place?: number
  retired?: boolean
}

export type Role = 'viewer' | 'field' | 'coordinator' | 'office' | 'admin' | 'nobody'

export interface Collection {
  number: number
  name: string
  label: Label
  plural: Label
  fields: Field[]
  /** Made from other records, for a day: shown and filtered like fields, never edited. */
  derived?: Field[]
  title: string
  parent?: string
  identity?: string[]
  append_only?: boolean
  server_owned?: boolean
  editable?: string[]
  unsynced?: boolean
  sensitive?: boolean
  write: Role
  delete: Role
}
