/** What a list is sorted by, first things first: "name,-founded". */
export interface SortKey {
  name: string
  falling: boolean
}

export const sortKeys = (sort: string): SortKey[] =>
  sort
    .split(',')
    .filter(Boolean)
    .map((s) => ({ name: s.replace(/^-/, ''), falling: s.startsWith('-') }))

const write = (keys: SortKey[]): string => keys.map((k) => (k.falling ? `-${k.name}` : k.name)).join()

/** Sorts by a column alone, or by it after what the list is sorted by already. */
export function sortedBy(sort: string, name: string, falling: boolean, further = false): string {
  const keys = further ? sortKeys(sort) : []
  const at = keys.findIndex((k) => k.name === name)
  if (at >= 0) keys[at] = { name, falling }
  else keys.push({ name, falling })
  return write(keys)
}

/** What a click on a column's head makes of the sorting: rising first, then falling. */
export function nextSort(sort: string, name: string, further: boolean): string {
  const key = sortKeys(sort).find((k) => k.name === name)
  return sortedBy(sort, name, key !== undefined && !key.falling, further)
}
