import { expect, it } from 'vitest'
import { joined, spoken } from './phone'

it('reads a number out in groups, its country apart', () => {
  expect(spoken('+51987654321')).toBe('+51 987 654 321')
  expect(spoken('+50224567890')).toBe('+502 24 567 890')
  expect(spoken('+12025550123')).toBe('+1 2 025 550 123')
})

it('leaves what is no whole number as it was written', () => {
  for (const typed of ['987 654 321', '+51 98', 'anexo 12', '']) expect(spoken(typed)).toBe(typed)
})

it('knows a number again that was copied as it is shown', () => {
  for (const number of ['+51987654321', '+50224567890']) expect(joined(spoken(number))).toBe(number)
  expect(joined('987 654 321')).toBe('987 654 321')
})
