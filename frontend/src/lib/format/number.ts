import { preferences } from '$lib/state/preferences.svelte'

const usual: Record<string, string> = { es: 'es-419', en: 'en', pt: 'pt-BR', fr: 'fr' }

/** The region whose conventions to follow: the computer's own if it speaks the chosen language. */
export function region(): string {
  const locale = preferences.locale
  const own = globalThis.navigator?.languages?.find((l) => l.toLowerCase().startsWith(`${locale}-`))
  return own ?? usual[locale] ?? locale
}

const formatters = new Map<string, Intl.NumberFormat>()

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = region() + JSON.stringify(options)
  let f = formatters.get(key)
  if (!f) formatters.set(key, (f = new Intl.NumberFormat(region(), options)))
  return f
}

/** A whole number with its thousands set apart. */
export const count = (n: number): string =>
  formatter({ maximumFractionDigits: 0, useGrouping: 'always' } as Intl.NumberFormatOptions).format(n)

/** A measure, with as many decimals as it has, up to six. */
export const decimal = (n: number, most = 6): string =>
  formatter({ maximumFractionDigits: most, useGrouping: 'always' } as Intl.NumberFormatOptions).format(n)

export const percent = (part: number, whole: number): string =>
  formatter({ style: 'percent', maximumFractionDigits: 0 }).format(whole > 0 ? part / whole : 0)

/** Bytes as people say them. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let unit = 0
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000
    unit++
  }
  return `${decimal(n, n < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`
}

/**
 * The number that a person typed, with the separators of any of the region's conventions: "1.234,5", "1,234.5",
 * "1 234,5" and "1234.5" are the same. A single separator is a decimal one, unless exactly three digits follow it
 * and the language groups with it, or the number is to be whole. Undefined when it is not a number.
 */
export function parseNumber(text: string, whole = false): number | undefined {
  const compact = text.trim().replace(/[\s\u00a0\u202f']/g, '')
  if (!/^[-+]?[\d.,]*\d[\d.,]*$/.test(compact)) return undefined
  const n = Number(plainPoint(compact, whole))
  return Number.isFinite(n) ? n : undefined
}

function plainPoint(s: string, whole: boolean): string {
  const comma = s.lastIndexOf(',')
  const point = s.lastIndexOf('.')
  if (comma >= 0 && point >= 0) {
    return comma > point ? s.replaceAll('.', '').replace(',', '.') : s.replaceAll(',', '')
  }
  const mark = comma >= 0 ? ',' : '.'
  const parts = s.split(mark)
  if (parts.length > 2) return parts.join('')
  if (parts.length === 2 && parts[1]?.length === 3 && (whole || groupMark() === mark)) return parts.join('')
  return s.replace(',', '.')
}

function groupMark(): string {
  return formatter({ useGrouping: 'always' } as Intl.NumberFormatOptions)
    .format(1000)
    .replace(/\d/g, '')
}
