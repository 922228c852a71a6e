import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import messages from '../messages/es.json'

const file = '../docs/user-guide.es.md'
const guide = readFileSync(file, 'utf8')

type Message = string | { match: Record<string, string> }[]

/** What the interface says in Spanish, in each of its forms. */
const said = Object.values(messages as Record<string, Message>).flatMap((message) =>
  typeof message === 'string' ? [message] : message.flatMap((form) => Object.values(form.match)),
)
/** What the records are called, which messages are filled with: "Añadir {what}". */
const records = new Set(
  [...readFileSync('../docs/data-dictionary.md', 'utf8').matchAll(/^## .* · `\w+` · (.+?) \//gm)].map(
    (found) => found[1]?.toLowerCase(),
  ),
)

const isSaid = (quoted: string) =>
  said.some((message) => {
    if (!message.includes('{what}')) return message === quoted
    const [before = '', after = ''] = message.split('{what}')
    const what = quoted.slice(before.length, after ? -after.length : undefined)
    return quoted === before + what + after && records.has(what)
  })

it('the guide quotes in bold what the interface says, word by word', () => {
  const quoted = [...guide.matchAll(/\*\*(.+?)\*\*/gs)].map((found) => (found[1] ?? '').replace(/\s+/g, ' '))
  expect(quoted.length).toBeGreaterThan(60)
  expect(quoted.filter((text) => !isSaid(text))).toEqual([])
})

it('the guide has the pictures that it shows', () => {
  const pictures = [...guide.matchAll(/!\[.+?\]\((.+?)\)/g)].map((found) => found[1] ?? '')
  expect(pictures.length).toBeGreaterThan(5)
  expect(pictures.filter((picture) => !existsSync(join(dirname(file), picture)))).toEqual([])
})
