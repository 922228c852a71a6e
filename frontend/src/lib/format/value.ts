import type { Field, Value } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'
import { names } from '$lib/state/names.svelte'
import { collectionName, say, titleField } from '$lib/state/schema.svelte'
import { country } from './country'
import { count, decimal, parseNumber } from './number'
import { joined, spoken } from './phone'
import { day, moment, parseDay } from './time'

const setTypes = new Set(['choices', 'countries', 'texts', 'emails', 'phones'])

export const isSet = (field: Field): boolean => setTypes.has(field.type)
export const isNumber = (field: Field): boolean => field.type === 'integer' || field.type === 'decimal'

/** A number that names a year is written without separators. */
const isYear = (field: Field): boolean =>
  field.type === 'integer' && (field.min ?? 0) >= 1000 && (field.max ?? Infinity) <= 3000

export function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

export function optionName(field: Field, code: string): string {
  if (field.type === 'country' || field.type === 'countries') return country(code)
  if (field.type === 'boolean') return code === 'true' ? m.yes() : m.no()
  return say(field.options?.find((o) => o.code === code)?.label) || code
}

/** A value as people read it. */
export function show(field: Field | undefined, value: Value | undefined): string {
  if (value === undefined || value === null || isEmpty(value)) return ''
  if (!field) return Array.isArray(value) ? value.join(', ') : String(value)
  if (field.name === 'collection') return collectionName(String(value)) // a kind of record, by its name in the schema
  if (Array.isArray(value))
    return value.map((v) => (field.type === 'phones' ? spoken(v) : showMember(field, v))).join(', ')
  switch (field.type) {
    case 'integer':
      return isYear(field) ? String(value) : count(Number(value))
    case 'decimal':
      return decimal(Number(value))
    case 'boolean':
      return value ? m.yes() : m.no()
    case 'date':
      return day(String(value))
    case 'instant':
      return moment(Number(value))
    case 'choice':
    case 'country':
      return optionName(field, String(value))
    case 'reference':
      return names.of(field.target ?? '', String(value))
    default:
      return String(value)
  }
}

/** A value away from its field's name, with its unit. */
export function measure(field: Field | undefined, value: Value | undefined): string {
  const shown = show(field, value)
  return shown && field?.unit ? `${shown} ${field.unit}` : shown
}

/** What stands above the values of a field, which say no unit themselves. */
export const heading = (field: Field): string =>
  field.unit ? `${say(field.label)} (${field.unit})` : say(field.label)

/** What a record is called. A title that is a choice's code is said in words; one without is what it is. */
export function nameOf(record: { collection: string; title: string }): string {
  return show(titleField(record.collection), record.title) || collectionName(record.collection)
}

function showMember(field: Field, v: string): string {
  return field.type === 'choices' || field.type === 'countries' ? optionName(field, v) : v
}

/** A value as it is typed: what an input starts with. */
export function write(field: Field, value: Value | undefined): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map((v) => showMember(field, v)).join('; ')
  if (field.type === 'integer') return String(value)
  return show(field, value)
}

/**
 * The value that typed text stands for. What cannot be read is passed on as it is: the register's own checks say
 * what is wrong with it, in words, and the text stays in the field.
 */
export function read(field: Field, text: string): Value {
  const typed = field.type === 'long_text' ? text : text.trim()
  if (typed.trim() === '') return null
  switch (field.type) {
    case 'integer':
    case 'decimal':
      return parseNumber(typed, field.type === 'integer') ?? typed
    case 'date':
      return parseDay(typed) ?? typed
    case 'boolean':
      return typed
    case 'choice':
    case 'country':
      return codeOf(field, typed)
    case 'choices':
    case 'countries':
      return members(typed).map((v) => codeOf(field, v))
    case 'texts':
    case 'emails':
      return members(typed)
    case 'phones':
      return members(typed).map(joined)
    default:
      return typed
  }
}

const members = (text: string): string[] =>
  text
    .split(text.includes(';') ? ';' : /[,\n]/)
    .map((s) => s.trim())
    .filter(Boolean)

/** The code behind a label that somebody typed or pasted. */
function codeOf(field: Field, text: string): string {
  const wanted = text.toLowerCase()
  const found = field.options?.find(
    (o) => o.code === wanted || Object.values(o.label).some((l) => l.toLowerCase() === wanted),
  )
  return found?.code ?? text
}

export function same(a: Value | undefined, b: Value | undefined): boolean {
  if (isEmpty(a) && isEmpty(b)) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && [...a].sort().every((v, i) => v === [...b].sort()[i])
  }
  return a === b
}
