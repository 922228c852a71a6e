import { schema } from '$lib/state/schema.svelte'
import { createFake, type FakeOptions } from './fake/routes'
import { collections } from './fake/seed'

export type Fake = ReturnType<typeof createFake> & {
  /** The requests made so far, such as "POST /api/edits". */
  calls: string[]
  /** While true, no request is answered: the server is away. */
  away: boolean
}

/** Puts a made-up register behind fetch, for one test. */
export function installFake(options: Partial<FakeOptions> = {}): Fake {
  const fake: Fake = { ...createFake({ host: 'desktop', ...options }), calls: [], away: false }
  schema.use(collections)
  globalThis.fetch = async (input, init) => {
    const request = new Request(absolute(input), init)
    if (fake.away) throw new TypeError('fetch failed')
    const url = new URL(request.url)
    fake.calls.push(`${request.method} ${url.pathname}`)
    const text = await request.text()
    const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
    const answer = fake.handle(request.method, request.url, body)
    return Response.json(answer.body, { status: answer.status })
  }
  return fake
}

function absolute(input: RequestInfo | URL): RequestInfo | URL {
  return typeof input === 'string' && input.startsWith('/') ? `http://localhost${input}` : input
}
