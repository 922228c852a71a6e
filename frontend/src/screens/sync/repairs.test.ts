import { describe, expect, test } from 'vitest'
import { overwriteGetLocale } from '$lib/paraglide/runtime'
import { repairWords } from './repairs'

const repair = { at: 1, network: 'PE', records: 1, whole: false }

describe('a repair in words', () => {
  test.each([
    ['es', 'Se reparó 1 registro de PE', 'Se repararon 20 registros de PE', 'PE se descargó de nuevo'],
    ['en', '1 record of PE repaired', '20 records of PE repaired', 'PE downloaded again'],
    ['pt', '1 registro de PE reparado', '20 registros de PE reparados', 'PE baixada de novo'],
    ['fr', '1 fiche de PE réparée', '20 fiches de PE réparées', 'PE téléchargé à nouveau'],
  ] as const)('%s', (locale, one, many, whole) => {
    overwriteGetLocale(() => locale)
    expect(repairWords(repair)).toContain(one)
    expect(repairWords({ ...repair, records: 20 })).toContain(many)
    expect(repairWords({ ...repair, records: 0, whole: true })).toContain(whole)
  })
})
