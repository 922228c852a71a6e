/**
 * The only file that knows which host the interface is in: the desktop window, where live events and file dialogs
 * come from the program, or a browser. Everything else is the same HTTP API at the same relative addresses.
 */

type Listener = (name: string, data: unknown) => void

interface Runtime {
  EventsOn(name: string, callback: (...data: unknown[]) => void): () => void
}
interface WindowBridge {
  runtime?: Runtime
  go?: { main?: { Dialogs?: { SaveFile(name: string, address: string): Promise<string> } } }
}

const bridge = (): WindowBridge => window as unknown as WindowBridge
const eventNames = ['changed', 'status', 'imported']

/** Whether the page is inside the program's own window. */
export const inWindow = (): boolean => typeof bridge().runtime?.EventsOn === 'function'

/**
 * Calls back for each live event, and with the state of the connection they come over (the window's never breaks),
 * until the function it returns is called. After a break, what happened meanwhile is unknown: `onConnection(true)`
 * is the moment to read again.
 */
export function listen(onEvent: Listener, onConnection: (up: boolean) => void): () => void {
  const runtime = bridge().runtime
  if (!runtime || !inWindow()) return listenOverHTTP(onEvent, onConnection)
  const stops = eventNames.map((name) => runtime.EventsOn(name, (data) => onEvent(name, data)))
  onConnection(true)
  return () => stops.forEach((stop) => stop())
}

const retryLimitMs = 15_000

function listenOverHTTP(onEvent: Listener, onConnection: (up: boolean) => void): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = 500
  const open = () => {
    source = new EventSource('/api/events')
    source.onopen = () => {
      waitMs = 500
      onConnection(true)
    }
    source.onerror = () => {
      source?.close()
      onConnection(false)
      timer = setTimeout(open, waitMs)
      waitMs = Math.min(waitMs * 2, retryLimitMs)
    }
    for (const name of eventNames) {
      source.addEventListener(name, (e) => onEvent(name, parse((e as MessageEvent<string>).data)))
    }
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

/** Saves the answer to a GET of an address of the API as a file. False when the person changed their mind. */
export async function saveFile(name: string, address: string): Promise<boolean> {
  const dialogs = bridge().go?.main?.Dialogs
  if (dialogs) return (await dialogs.SaveFile(name, address)) !== ''
  const link = document.createElement('a')
  // A name that the answer gives goes before the link's: so the answer is told it.
  link.href = `${address}&name=${encodeURIComponent(name)}`
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  return true
}
