/** Small things kept on this computer for this interface. Storage that is full or forbidden only means forgetting. */

const prefix = 'acopio.'

export function recall<T>(key: string, fallback: T): T {
  try {
    const text = globalThis.localStorage?.getItem(prefix + key)
    return text ? (JSON.parse(text) as T) : fallback
  } catch {
    return fallback
  }
}

export function keep(key: string, value: unknown): void {
  try {
    if (value === undefined) globalThis.localStorage?.removeItem(prefix + key)
    else globalThis.localStorage?.setItem(prefix + key, JSON.stringify(value))
  } catch {
    // forgetting is all that can be done
  }
}

/** The kept keys that begin with start, without the common prefix. */
export function keptKeys(start: string): string[] {
  try {
    return Object.keys(globalThis.localStorage ?? {})
      .filter((k) => k.startsWith(prefix + start))
      .map((k) => k.slice(prefix.length))
  } catch {
    return []
  }
}
