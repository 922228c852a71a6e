import { expect, it } from 'vitest'
import { spoken } from './phones'

it('reads a number out in groups, its country apart', () => {
  expect(spoken('+51987654321')).toBe('+51 987 654 321')
  expect(spoken('+50224567890')).toBe('+502 24 567 890')
  expect(spoken('+12025550123')).toBe('+1 2 025 550 123')
})
