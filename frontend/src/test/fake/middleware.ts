import type { IncomingMessage, ServerResponse } from 'node:http'
import { createFake } from './routes'

/** Answers /api from the made-up register, for Vite's development server. */
export function serveFake(host: 'desktop' | 'office') {
  const listeners = new Set<ServerResponse>()
  const { ACOPIO_FAKE_SIZE: size, ACOPIO_FAKE_STATE: state, ACOPIO_FAKE_ROLE: role } = process.env
  const fake = createFake({
    host,
    size: Number(size ?? 6859),
    ...(state ? { state } : {}),
    ...(role ? { role } : {}),
    emit: (name, data) =>
      listeners.forEach((l) => l.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)),
  })

  return (req: IncomingMessage, res: ServerResponse, next: () => void) => {
    const address = req.url ?? '/'
    if (!address.startsWith('/api/')) return next()
    if (address === '/api/events') return listenTo(req, res, listeners)
    void readBody(req).then((body) => {
      const answer = fake.handle(req.method ?? 'GET', address, body)
      res.writeHead(answer.status, { 'Content-Type': 'application/json' })
      res.end(JSON.stringify(answer.body))
    })
  }
}

function listenTo(req: IncomingMessage, res: ServerResponse, listeners: Set<ServerResponse>) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' })
  res.write(': hello\n\n')
  listeners.add(res)
  req.on('close', () => listeners.delete(res))
}

async function readBody(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of req) text += String(chunk)
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
