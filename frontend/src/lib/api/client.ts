import createClient from 'openapi-fetch'
import { m } from '$lib/paraglide/messages'
import { getLocale } from '$lib/paraglide/runtime'
import { Fault, isAbort } from './fault'
import type { paths } from './openapi'

let nameField = (message: string, _field: string, _collection: string) => message

/** Says how a field is called by people where a message calls it by its name in the schema. */
export function nameFieldsWith(say: typeof nameField): void {
  nameField = say
}

let onSignedOut: () => void = () => undefined

/** Calls back when the host says that nobody is signed in any more. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

const headers = () => ({ 'X-Acopio': '1', 'Accept-Language': getLocale() })

/** The typed client of docs/openapi.json. */
export const client = createClient<paths>({
  baseUrl: import.meta.env.MODE === 'test' ? 'http://localhost' : '', // Node knows no relative addresses
  credentials: 'same-origin',
  fetch: (request) => globalThis.fetch(request),
  querySerializer: { array: { style: 'form', explode: true } },
})
client.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(headers())) request.headers.set(name, value)
    return request
  },
})

interface Answer {
  data?: unknown
  error?: unknown
  response: Response
}

/** What a request came to: its answer, or the fault it is thrown as. */
export async function answer<T>(request: Promise<Answer>): Promise<T> {
  let got: Answer
  try {
    got = await request
  } catch (cause) {
    if (isAbort(cause)) throw cause
    if (cause instanceof SyntaxError)
      throw new Fault('internal', m.fault_strange_answer({ status: '200' }), 200)
    throw new Fault('no_answer', m.fault_no_answer())
  }
  if (got.response.ok) return got.data as T
  throw faultFrom(got.response, got.error)
}

/** A request to a route that only the office has, which the shared contract does not describe. */
export function office<T>(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, headers: headers(), credentials: 'same-origin' }
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { ...headers(), 'Content-Type': 'application/json' }
  }
  return answer<T>(fetchJSON(`/api/${path}`, init))
}

async function fetchJSON(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  let body: unknown
  try {
    body = text ? JSON.parse(text) : undefined
  } catch (cause) {
    if (response.ok) throw cause
  }
  return response.ok ? { data: body, response } : { error: body, response }
}

type Told = Partial<Record<'code' | 'message' | 'field', string>> & { args?: Record<string, string> }

function faultFrom(response: Response, body: unknown): Fault {
  const { code, message, field, args } = (typeof body === 'object' && body !== null ? body : {}) as Told
  const text = message ?? m.fault_strange_answer({ status: String(response.status) })
  const fault = new Fault(
    code ?? 'internal',
    nameField(text, field ?? '', args?.collection ?? ''),
    response.status,
    field ?? '',
  )
  if (response.status === 401 && fault.code === 'sign_in_needed') onSignedOut()
  return fault
}
