import type { Spot } from '$lib/map/chart'

/** A coordinate's number as people write it; undefined when it is none, or beyond the globe. */
export function degrees(text: string, most: 90 | 180): number | undefined {
  const plain = text.trim().replace(/[°\s]/g, '').replace(/[−–]/g, '-').replace(',', '.')
  const match = /^([+-]?\d{1,3}(?:\.\d+)?)([NSEWO]?)$/i.exec(plain)
  if (!match?.[1]) return undefined
  const turned = /[SWO]/i.test(match[2] ?? '') ? -1 : 1
  const n = Number(match[1]) * turned
  return Math.abs(n) <= most ? n : undefined
}

/** To the meter: more digits would claim what no map shows. */
export const written = (n: number): string => n.toFixed(5)

export const rounded = ({ lat, lon }: Spot): Spot => ({
  lat: Number(written(lat)),
  lon: Number(written(lon)),
})

const arrows: Record<string, [number, number]> = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
}

/** Where an arrow key moves a position to, by steps of so many degrees; undefined for other keys. */
export function moved({ lat, lon }: Spot, key: string, step: number): Spot | undefined {
  const way = arrows[key]
  if (!way) return undefined
  const north = way[1] * step * Math.cos((lat * Math.PI) / 180)
  return rounded({ lat: clamp(lat + north, 90), lon: clamp(lon + way[0] * step, 180) })
}

const clamp = (n: number, most: number): number => Math.min(most, Math.max(-most, n))
