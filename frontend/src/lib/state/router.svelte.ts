/** Places are addresses after #, so that they work alike under wails:// and http://. */

export interface Place {
  path: string[]
  query: URLSearchParams
}

/** Reads `#/organization/ID/history?x=y`. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?')
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) }
}

/** A part of an address; one that was cut in the middle of a letter is as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

class Router {
  #hash = $state(globalThis.location?.hash ?? '')
  #place = $derived(parsePlace(this.#hash))

  constructor() {
    globalThis.addEventListener?.('hashchange', () => (this.#hash = location.hash))
  }

  get path(): string[] {
    return this.#place.path
  }
  get query(): URLSearchParams {
    return this.#place.query
  }
  get screen(): string {
    return this.path[0] ?? ''
  }

  /** The place is drawn at once: who types on right after a key or a click must not type into what was there before. */
  go(place: string): void {
    location.hash = place.startsWith('#') ? place : `#/${place.replace(/^\//, '')}`
    this.#hash = location.hash
  }
  /** Goes there without a new step in the history. */
  replace(place: string): void {
    history.replaceState(history.state, '', place.startsWith('#') ? place : `#/${place}`)
    this.#hash = location.hash
  }
}

export const router = new Router()

export const organizationPlace = (id: string, tab = ''): string =>
  `#/organization/${id}${tab ? `/${tab}` : ''}`

/** Where a record is looked at: its own page, or the page of the record it belongs to. */
export function recordPlace(collection: string, id: string): string {
  return collection === 'organization' ? organizationPlace(id) : `#/record/${collection}/${id}`
}
