import { m } from '$lib/paraglide/messages'
import { getLocale } from '$lib/paraglide/runtime'
import { Fault, isAbort } from './fault'

type Params = Record<string, string | number | boolean | string[] | undefined>

let onSignedOut: () => void = () => undefined

/** Calls back when the host says that nobody is signed in any more. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

/** An address of the API with its query; empty parameters are left out, lists are repeated. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (Array.isArray(value)) value.forEach((v) => query.append(name, v))
    else if (value !== undefined && value !== '' && value !== false) query.set(name, String(value))
  }
  const text = query.toString()
  return `/api/${path}${text ? `?${text}` : ''}`
}

export function get<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> {
  return send<T>('GET', address(path, params), undefined, signal)
}

export function post<T>(path: string, body?: unknown): Promise<T> {
  return send<T>('POST', address(path), body)
}

export function patch<T>(path: string, body: unknown): Promise<T> {
  return send<T>('PATCH', address(path), body)
}

export function remove<T>(path: string): Promise<T> {
  return send<T>('DELETE', address(path))
}

async function send<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { 'X-Acopio': '1', 'Accept-Language': getLocale() }
  const isForm = body instanceof FormData
  if (body !== undefined && !isForm) headers['Content-Type'] = 'application/json'
  const init: RequestInit = { method, headers, credentials: 'same-origin' }
  if (body !== undefined) init.body = isForm ? body : JSON.stringify(body)
  if (signal) init.signal = signal

  let response: Response
  try {
    response = await fetch(url, init)
  } catch (cause) {
    if (isAbort(cause)) throw cause
    throw new Fault('no_answer', m.fault_no_answer())
  }
  const answer = await readJSON(response)
  if (response.ok) return answer as T
  throw faultFrom(response, answer)
}

async function readJSON(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a page of something in between, or a server that broke off
  }
}

function faultFrom(response: Response, answer: unknown): Fault {
  const body = (answer ?? {}) as { code?: string; message?: string; field?: string }
  const fault = new Fault(
    body.code ?? 'internal',
    body.message ?? m.fault_strange_answer({ status: response.status }),
    response.status,
    body.field ?? '',
  )
  if (response.status === 401 && fault.code === 'sign_in_needed') onSignedOut()
  return fault
}
