import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** One thing measured, as server/bench writes it: smaller is better; no limit is 0. */
export interface Figure {
  name: string
  value: number
  unit: string
  limit: number
  /** To what the same browser does in the same run for nothing at all: see over. */
  ratio: number
}

/** A figure and what its ratio is to. */
export interface Measured extends Figure {
  over: string
}

export const isOver = (f: Figure) => f.limit > 0 && f.value > f.limit

export function quantile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? NaN
}

const round = (x: number) => Number(x.toPrecision(3))

export function figure(
  name: string,
  value: number,
  unit: string,
  limit = 0,
  to = { over: '', value: 0 },
): Measured {
  const ratio = to.value > 0 ? value / to.value : 0
  return { name, value: round(value), unit, limit, ratio: round(ratio), over: to.over }
}

/** Prints each figure's line at once and keeps it in a file: a run that is broken off has not been for nothing. */
export function tell(path: string, figures: Measured[]): void {
  mkdirSync(dirname(path), { recursive: true })
  for (const { name, value, unit, limit, ratio } of figures) {
    const line = JSON.stringify({ name, value, unit, limit, ratio })
    console.log(line)
    appendFileSync(path, `${line}\n`)
  }
}

const cells = (f: Measured) => [
  f.name,
  `${f.value.toLocaleString('en')} ${f.unit}`,
  f.limit ? `≤ ${f.limit.toLocaleString('en')}` : '',
  f.limit ? (isOver(f) ? 'no' : 'yes') : '',
  f.over ? `${f.ratio} × ${f.over}` : '',
]
const heads = ['Figure', 'Value', 'Must reach', 'Reached', 'Ratio']

export function printed(figures: Measured[]): string {
  const rows = [heads, ...figures.map(cells)]
  const widths = heads.map((_, i) => Math.max(...rows.map((r) => r[i]?.length ?? 0)))
  return rows.map((r) => r.map((c, i) => c.padEnd(widths[i] ?? 0)).join('  ')).join('\n')
}

const begin = '<!-- written by make bench-ui: interface -->'
const end = '<!-- end of interface -->'

/** Writes the figures between their marks; what people wrote around them stays. */
export function writeDocument(path: string, about: string, figures: Measured[]): void {
  const [head, rest] = readFileSync(path, 'utf8').split(begin)
  const tail = rest?.split(end)[1]
  if (tail === undefined) throw new Error(`${path}: no ${begin} … ${end}`)
  const table = [heads, heads.map(() => '---'), ...figures.map(cells)].map((r) => `| ${r.join(' | ')} |`)
  writeFileSync(path, `${head}${begin}\n${about}\n\n${table.join('\n')}\n${end}${tail}`)
}
