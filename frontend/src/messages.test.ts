import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Messages = Record<string, unknown>
const read = (locale: string): Messages =>
  JSON.parse(readFileSync(new URL(`../messages/${locale}.json`, import.meta.url), 'utf8')) as Messages

const params = (message: unknown) => [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort()

describe.each(['en', 'pt', 'fr'])('messages in %s', (locale) => {
  const base = read('es')
  const other = read(locale)
  it('are all there and no others', () => {
    expect(Object.keys(other).sort()).toEqual(Object.keys(base).sort())
  })
  it('say the same things', () => {
    for (const key of Object.keys(base)) expect(params(other[key]), key).toEqual(params(base[key]))
  })
})
