import { beforeEach, describe, expect, it } from 'vitest'
import { installFake } from '../../test/install'
import { preferences } from '$lib/state/preferences.svelte'
import { schema } from '$lib/state/schema.svelte'
import type { Field } from '$lib/api/types'
import { country, countryCodes } from './country'
import { bytes, count, parseNumber, percent } from './number'
import { author, fold, highlight } from './text'
import { ago, day, daysBetween, parseDay, plusDays } from './time'
import { heading, measure, nameOf, read, same, show, write } from './value'

const field = (collection: string, name: string): Field => {
  const f = schema.field(collection, name)
  if (!f) throw new Error(`no field ${collection}.${name}`)
  return f
}

beforeEach(() => {
  installFake()
  preferences.speak('es')
})

describe('numbers', () => {
  it('are written by the region', () => {
    expect(count(6859)).toBe('6,859')
    preferences.speak('pt')
    expect(count(6859)).toBe('6.859')
    preferences.speak('en')
    expect(percent(1, 3)).toBe('33%')
  })
  it.each([
    ['1234', 1234],
    ['1.234,5', 1234.5],
    ['1,234.5', 1234.5],
    ['1 234,5', 1234.5],
    ['12,5', 12.5],
    ['1,234', 1234],
    ['1.234.567', 1234567],
    ['-3', -3],
  ])('%s is read as %d', (text, n) => expect(parseNumber(text)).toBe(n))
  it.each([
    ['1.850', 1850], // as the region would not write it: but half a person is none
    ['1,850', 1850],
    ['1.5', 1.5],
  ])('%s is read as %d where the number is to be whole', (text, n) => expect(parseNumber(text, true)).toBe(n))
  it.each(['', 'doce', '12 ha', '1-2'])('%s is no number', (text) =>
    expect(parseNumber(text)).toBeUndefined(),
  )
  it('says bytes as people do', () => {
    expect(bytes(999)).toBe('999 B')
    expect(bytes(1_250_000)).toBe('1.3 MB')
  })
})

describe('dates', () => {
  it('are written as people write them', () => {
    expect(day('2026-03-12')).toBe('12 mar 2026')
    preferences.speak('en')
    expect(day('2026-03-12')).toBe('Mar 12, 2026')
  })
  it.each([
    ['12/3/2026', '2026-03-12'],
    ['12-03-26', '2026-03-12'],
    ['2026-03-12', '2026-03-12'],
    ['12 de marzo de 2026', '2026-03-12'],
    ['12 mar. 2026', '2026-03-12'],
    ['1 set 2026', undefined],
    ['31/2/2026', undefined],
    ['ayer', undefined],
  ])('%s is read as %s', (text, want) => expect(parseDay(text)).toBe(want))
  it('month first where the language writes it so', () => {
    preferences.speak('en')
    expect(parseDay('3/12/2026')).toBe('2026-03-12')
    expect(parseDay('March 12, 2026')).toBe('2026-03-12')
  })
  it('reads back whatever it writes, every month, in every language', () => {
    for (const locale of ['es', 'en', 'pt', 'fr'] as const) {
      preferences.speak(locale)
      for (let mo = 1; mo <= 12; mo++) {
        const date = `2026-${String(mo).padStart(2, '0')}-09`
        expect(parseDay(day(date)), `${locale} ${day(date)}`).toBe(date)
      }
    }
  })
  it('moments are said relative to now', () => {
    const now = new Date(2026, 10, 23, 15, 0).getTime()
    expect(ago(now - 10_000, now)).toBe('ahora mismo')
    expect(ago(now - 5 * 60_000, now)).toBe('hace 5 min')
    expect(ago(now - 3 * 3_600_000, now)).toMatch(/^hoy 12:00/)
    expect(ago(now - 24 * 3_600_000, now)).toMatch(/^ayer/)
    expect(ago(0, now)).toBe('nunca')
  })
  it('days are counted over months and leap years', () => {
    expect(plusDays('2028-02-28', 2)).toBe('2028-03-01')
    expect(daysBetween('2026-12-30', '2027-01-02')).toBe(3)
  })
})

describe('values', () => {
  it('are shown by their field', () => {
    expect(show(field('organization', 'type'), 'small_producers')).toBe('Pequeños productores')
    expect(show(field('organization', 'products'), ['cocoa', 'coffee'])).toBe('Cacao, Café')
    expect(show(field('organization', 'country'), 'PE')).toBe('Perú')
    expect(show(field('organization', 'founded'), 1998)).toBe('1998')
    expect(show(field('census', 'members_total'), 1998)).toBe('1,998')
    expect(show(field('site', 'is_home'), false)).toBe('No')
    expect(show(field('organization', 'name'), null)).toBe('')
    expect(show(field('organization', 'phones'), ['+51987654321', '+50224567890'])).toBe(
      '+51 987 654 321, +502 24 567 890',
    )
  })
  it('carry their unit, or the heading above them does', () => {
    expect(measure(field('census', 'area_total'), 1251.8)).toBe('1,251.8 ha')
    expect(measure(field('census', 'area_total'), null)).toBe('')
    expect(heading(field('census', 'area_total'))).toBe('Área total (ha)')
    expect(heading(field('census', 'members_total'))).toBe('Socias y socios')
  })
  it('speak the chosen language', () => {
    preferences.speak('fr')
    expect(show(field('organization', 'products'), ['coffee'])).toBe('Café')
    expect(show(field('organization', 'country'), 'DE')).toBe('Allemagne')
  })
  it('are read from what people type', () => {
    expect(read(field('census', 'members_total'), '1,234')).toBe(1234)
    expect(read(field('certification', 'valid_to'), '31/12/2026')).toBe('2026-12-31')
    expect(read(field('organization', 'products'), 'Café; cacao')).toEqual(['coffee', 'cocoa'])
    expect(read(field('organization', 'name'), '  ')).toBeNull()
    expect(read(field('organization', 'notes'), ' a\n b ')).toBe(' a\n b ')
  })
  it('that cannot be read are passed on as typed, for the register to say why', () => {
    expect(read(field('census', 'members_total'), 'muchos')).toBe('muchos')
    expect(read(field('certification', 'valid_to'), '31/2/2026')).toBe('31/2/2026')
  })
  it('are typed as they are read', () => {
    for (const [f, v] of [
      [field('certification', 'valid_to'), '2026-12-31'],
      [field('census', 'area_total'), 1234.5],
      [field('organization', 'products'), ['cocoa', 'coffee']],
      [field('organization', 'aliases'), ['Uno', 'Dos']],
    ] as const) {
      expect(same(read(f, write(f, v as never)), v as never), f.name).toBe(true)
    }
  })
  it('sets are the same in any order, and nothing is the same as nothing', () => {
    expect(same(['a', 'b'], ['b', 'a'])).toBe(true)
    expect(same([], null)).toBe(true)
    expect(same('a', 'b')).toBe(false)
  })
  it('titles that are codes are said in words', () => {
    expect(nameOf({ collection: 'certification', title: 'fairtrade' })).toBe('Fairtrade')
    expect(nameOf({ collection: 'interaction', title: '' })).toBe('Visita o contacto')
  })
})

describe('text', () => {
  it('folds accents and case', () => expect(fold('  Ñuñoa  Café ')).toBe('nunoa cafe'))
  it('marks what was found, accents or not', () => {
    expect(highlight('Café Ñuñoa', 'cafe nun')).toEqual([
      { text: 'Café', hit: true },
      { text: ' ', hit: false },
      { text: 'Ñuñ', hit: true },
      { text: 'oa', hit: false },
    ])
    expect(highlight('Café Ñuñoa', 'té')).toEqual([{ text: 'Café Ñuñoa', hit: false }])
    expect(highlight('café 🙂 café', 'CAFE')).toEqual([
      { text: 'café', hit: true },
      { text: ' 🙂 ', hit: false },
      { text: 'café', hit: true },
    ])
  })
})

it('every country has a name of its own', () => {
  expect(countryCodes).toHaveLength(249)
  expect(countryCodes.filter((c) => country(c) === c)).toEqual([])
})

describe('who changed something', () => {
  it('is said with the console by its name in the language, and a laptop as it is called', () => {
    expect(author('Olga · Consola')).toBe('Olga · Consola de la oficina')
    expect(author('Consola')).toBe('Consola de la oficina')
    preferences.speak('en')
    expect(author('Olga · Consola')).toBe('Olga · Office console')
    expect(author('Ana · Laptop de Ana')).toBe('Ana · Laptop de Ana')
    expect(author('')).toBe('')
  })
})
