import { m } from '$lib/paraglide/messages'
import { region } from './number'

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = region() + JSON.stringify(options)
  let f = formatters.get(key)
  if (!f) formatters.set(key, (f = new Intl.DateTimeFormat(region(), options)))
  return f
}

/** A day of the calendar, YYYY-MM-DD, as people write it: "12 mar 2026". */
export function day(date: string): string {
  const [y, mo, d] = date.split('-').map(Number)
  if (!y || !mo || !d) return date
  return formatter({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(
    Date.UTC(y, mo - 1, d),
  )
}

/** A month of the calendar, YYYY-MM, in short: "mar 26". */
export function monthName(month: string): string {
  const [y, mo] = month.split('-').map(Number)
  if (!y || !mo) return month
  return formatter({ month: 'short', year: '2-digit', timeZone: 'UTC' }).format(Date.UTC(y, mo - 1, 1))
}

/** A moment in full, for tooltips and receipts. */
export const moment = (ms: number): string =>
  formatter({ dateStyle: 'medium', timeStyle: 'short' }).format(ms)

const clockTime = (ms: number): string => formatter({ hour: 'numeric', minute: '2-digit' }).format(ms)

/** A moment as people say it: "hace 5 min", "hoy 9:40", "ayer 18:02", "12 mar", "12 mar 2024". */
export function ago(ms: number, now = Date.now()): string {
  if (!ms) return m.time_never()
  const seconds = Math.round((now - ms) / 1000)
  if (seconds < 45 && seconds > -45) return m.time_now()
  if (seconds > 0 && seconds < 3600) return m.time_minutes({ n: Math.max(1, Math.round(seconds / 60)) })
  const days = dayNumber(now) - dayNumber(ms)
  if (days === 0) return m.time_today({ time: clockTime(ms) })
  if (days === 1) return m.time_yesterday({ time: clockTime(ms) })
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear()
  return formatter({ day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(ms)
}

function dayNumber(ms: number): number {
  const d = new Date(ms)
  return Math.floor(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / 86_400_000)
}

/** Today in the person's calendar, YYYY-MM-DD. */
export function today(now = new Date()): string {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .map((n) => String(n).padStart(2, '0'))
    .join('-')
}

/** A day so many days later. */
export function plusDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** Whole days from one day to another; negative when it is past. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}

/** The day that a person typed, as YYYY-MM-DD: "12/3/2026", "12-3-26", "12 mar 2026", "2026-03-12". */
export function parseDay(text: string): string | undefined {
  const s = text
    .trim()
    .toLowerCase()
    .replace(/\./g, ' ')
    .replace(/\bde\b/g, ' ')
    .replace(/\s+/g, ' ')
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(s)
  if (iso) return realDay(Number(iso[1]), Number(iso[2]), Number(iso[3]))
  const numeric = /^(\d{1,2})[/\- ](\d{1,2})[/\- ](\d{2}|\d{4})$/.exec(s)
  if (numeric) {
    const [a, b] = [Number(numeric[1]), Number(numeric[2])]
    const [d, mo] = monthFirst() ? [b, a] : [a, b]
    return realDay(fullYear(numeric[3] ?? ''), mo, d)
  }
  const named = /^(\d{1,2}) ([^\d\s]+) (\d{2}|\d{4})$/.exec(s) ?? swapped(s)
  if (!named) return undefined
  const mo = monthNamed(named[2] ?? '')
  return mo ? realDay(fullYear(named[3] ?? ''), mo, Number(named[1])) : undefined
}

function swapped(s: string): string[] | undefined {
  const found = /^([^\d\s]+) (\d{1,2}),? (\d{2}|\d{4})$/.exec(s)
  return found ? ['', found[2] ?? '', found[1] ?? '', found[3] ?? ''] : undefined
}

const fullYear = (s: string): number =>
  s.length === 2 ? (Number(s) < 70 ? 2000 : 1900) + Number(s) : Number(s)

function realDay(y: number, mo: number, d: number): string | undefined {
  const date = new Date(Date.UTC(y, mo - 1, d))
  const real = date.getUTCFullYear() === y && date.getUTCMonth() === mo - 1 && date.getUTCDate() === d
  return real ? date.toISOString().slice(0, 10) : undefined
}

function monthFirst(): boolean {
  const parts = formatter({ day: 'numeric', month: 'numeric', timeZone: 'UTC' }).formatToParts(
    Date.UTC(2026, 0, 25),
  )
  return parts.find((p) => p.type === 'month' || p.type === 'day')?.type === 'month'
}

const plain = (s: string): string =>
  s
    .normalize('NFD')
    .replace(/\p{M}|\./gu, '')
    .toLowerCase()

function monthNamed(name: string): number | undefined {
  const start = plain(name)
  if (start.length < 3) return undefined
  for (let mo = 1; mo <= 12; mo++) {
    const full = plain(formatter({ month: 'long', timeZone: 'UTC' }).format(Date.UTC(2026, mo - 1, 1)))
    if (full.startsWith(start)) return mo
  }
  return undefined
}
