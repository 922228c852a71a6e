import { describe, expect, it } from 'vitest'
import { preferences } from '$lib/state/preferences.svelte'
import { complaint } from './validity'

const fine = {
  badInput: false,
  customError: false,
  patternMismatch: false,
  rangeOverflow: false,
  rangeUnderflow: false,
  stepMismatch: false,
  tooLong: false,
  tooShort: false,
  typeMismatch: false,
  valueMissing: false,
}
const said = (wrong: Partial<ValidityState>, of = {}) =>
  complaint({
    validity: { ...fine, valid: Object.keys(wrong).length === 0, ...wrong },
    type: 'text',
    min: '',
    max: '',
    ...of,
  })

describe('what a form says of a wrong value', () => {
  it('is in the language of the interface', () => {
    preferences.speak('es')
    expect(said({})).toBe('')
    expect(said({ valueMissing: true })).toBe('Falta este dato.')
    expect(said({ typeMismatch: true }, { type: 'email' })).toContain('nombre@ejemplo.org')
    expect(said({ typeMismatch: true }, { type: 'url' })).toContain('https://')
    expect(said({ rangeOverflow: true }, { max: '3650' })).toBe('Como máximo 3,650.')
    expect(said({ rangeUnderflow: true }, { min: '1' })).toBe('Como mínimo 1.')
    preferences.speak('fr')
    expect(said({ stepMismatch: true })).toBe('Écrivez un nombre entier.')
    expect(said({ badInput: true })).toBe('Écrivez un nombre.')
    expect(said({ tooLong: true })).toBe('Cette valeur n’est pas valide.')
    preferences.speak('es')
  })
})
