/** A failure in words for people, as the API answers it; `code` is stable, `field` a name of the schema. */
export class Fault extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
    readonly field = '',
  ) {
    super(message)
    this.name = 'Fault'
  }

  /** No answer came at all: the server is away, which says nothing about the request. */
  get unanswered(): boolean {
    return this.status === 0
  }
}

/** The fault inside whatever was thrown. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown
  return new Fault('internal', thrown instanceof Error ? thrown.message : String(thrown))
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError'
}
