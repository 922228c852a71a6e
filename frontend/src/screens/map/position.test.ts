import { expect, it } from 'vitest'
import { degrees, moved } from './position'

it('reads coordinates as people write them', () => {
  for (const [text, want] of [
    ['-13.5226', -13.5226],
    ['-13,5226', -13.5226],
    [' −71,967 ', -71.967],
    ['13.5 S', -13.5],
    ['71.9° O', -71.9],
    ['12.5N', 12.5],
    ['0', 0],
  ] as const)
    expect(degrees(text, 90), text).toBe(want)
})

it('takes no number that is no coordinate', () => {
  for (const text of ['', 'norte', '91', '-13.5.2', '1e3', '--3', '1234']) {
    expect(degrees(text, 90), text).toBeUndefined()
  }
  expect(degrees('91', 180)).toBe(91)
  expect(degrees('181', 180)).toBeUndefined()
})

it('moves by arrow keys, and not beyond the pole', () => {
  expect(moved({ lat: 0, lon: 0 }, 'ArrowUp', 0.1)).toEqual({ lat: 0.1, lon: 0 })
  expect(moved({ lat: -12, lon: -77 }, 'ArrowLeft', 0.5)).toEqual({ lat: -12, lon: -77.5 })
  expect(moved({ lat: 89.99, lon: 0 }, 'ArrowUp', 1e4)?.lat).toBeLessThanOrEqual(90)
  expect(moved({ lat: 0, lon: 180 }, 'ArrowRight', 1)?.lon).toBe(180)
  expect(moved({ lat: 0, lon: 0 }, 'Enter', 1)).toBeUndefined()
})
