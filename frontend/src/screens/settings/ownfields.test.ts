import { describe, expect, test } from 'vitest'
import { optionsOf, optionText } from './ownfields.svelte'

describe('choices of a field of one’s own', () => {
  test('a line is a choice, with its languages behind it', () => {
    expect(optionsOf('Secano\n\n  Riego por goteo = Drip irrigation = Gotejamento \n')).toEqual([
      { code: 'secano', label: { es: 'Secano', en: '', pt: '', fr: '' } },
      {
        code: 'riego_por_goteo',
        label: { es: 'Riego por goteo', en: 'Drip irrigation', pt: 'Gotejamento', fr: '' },
      },
    ])
  })

  test('choices that stay keep their codes, new ones get codes of their own', () => {
    const before = optionsOf('Año\nRío')
    const after = optionsOf('Río\nAño\nRIO', before)
    expect(after.map((o) => o.code)).toEqual(['rio', 'ano', 'rio_2'])
  })

  test('what is shown reads back as it was', () => {
    const options = optionsOf('Uno = One = Um = Un\nDos')
    expect(optionsOf(optionText(options), options)).toEqual(options)
  })
})
