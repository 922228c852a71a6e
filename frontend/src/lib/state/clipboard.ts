import { Fault } from '$lib/api/fault'
import { m } from '$lib/paraglide/messages'

/** Puts a text on the clipboard, or throws a fault that says that the browser did not let it. */
export async function putOnClipboard(text: string): Promise<void> {
  try {
    // Browsers have this only where the connection is safe: a console without a certificate goes without.
    await navigator.clipboard.writeText(text)
  } catch {
    if (!byCommand(text)) throw new Fault('clipboard_refused', m.clipboard_refused())
  }
}

/** The older way, which is there on every page. */
function byCommand(text: string): boolean {
  const give = (e: ClipboardEvent) => {
    e.preventDefault()
    e.stopImmediatePropagation()
    e.clipboardData?.setData('text/plain', text)
  }
  window.addEventListener('copy', give, { capture: true })
  try {
    return document.execCommand('copy')
  } finally {
    window.removeEventListener('copy', give, { capture: true })
  }
}
