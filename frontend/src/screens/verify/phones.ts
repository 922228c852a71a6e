import type { Row } from '$lib/api/types'

/** A number to call, and who answers. */
export interface Phone {
  number: string
  who: string
  position: string
  /** It is the way this person wants to be reached. */
  preferred: boolean
  /** The person asked not to be used as a contact. */
  refused: boolean
}

const byPhone = ['phone', 'whatsapp']

const numbersOf = (row: Row): string[] => (Array.isArray(row.fields.phones) ? row.fields.phones : [])

/** The numbers of an organization: people who like to be called come first, those who asked not to be last. */
export function phonesOf(organization: Row | undefined, contacts: Row[]): Phone[] {
  const people = contacts.flatMap((c) =>
    numbersOf(c).map((number) => ({
      number,
      who: c.title,
      position: String(c.fields.position ?? ''),
      preferred: byPhone.includes(String(c.fields.channel ?? '')),
      refused: c.fields.consent === 'none',
    })),
  )
  const office = (organization ? numbersOf(organization) : []).map((number) => ({
    number,
    who: '',
    position: '',
    preferred: false,
    refused: false,
  }))
  const rank = (p: Phone) => (p.refused ? 3 : p.preferred ? 0 : p.who ? 1 : 2)
  const seen = new Set<string>()
  return [...people, ...office]
    .sort((a, b) => rank(a) - rank(b))
    .filter((p) => !seen.has(p.number) && seen.add(p.number))
}
