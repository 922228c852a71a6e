// WebKitGTK crashes the whole program when a request to a custom scheme has a body that is a Blob, a File or a
// FormData (webkit_uri_scheme_request_get_http_body). Bytes are safe, so every body becomes bytes first. It is
// loaded before the interface, in the window only. Very large files are better sent by Dialogs.OpenFile.
{
  const nativeFetch = window.fetch.bind(window)

  window.fetch = async (input, init) => {
    const plain = init?.body instanceof FormData ? await withEncodedForm(init) : init
    const request = new Request(input, plain)
    if (request.method === 'GET' || request.method === 'HEAD') return nativeFetch(request)
    const body = await request.arrayBuffer()
    return nativeFetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: body.byteLength > 0 ? body : undefined,
      signal: request.signal,
    })
  }

  navigator.sendBeacon = (url, body) => {
    void window.fetch(url, { method: 'POST', body })
    return true
  }

  // A form with files is the one body that WebKit will not turn into bytes itself: multipart/form-data as the
  // HTML standard writes it.
  async function withEncodedForm(init) {
    const random = crypto.getRandomValues(new Uint8Array(16))
    const boundary = 'acopio' + Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
    const parts = []
    for (const [name, value] of init.body) {
      let head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`
      if (typeof value !== 'string') {
        head += `; filename="${quoted(value.name)}"\r\nContent-Type: ${value.type || 'application/octet-stream'}`
      }
      parts.push(head, '\r\n\r\n', value, '\r\n')
    }
    parts.push(`--${boundary}--\r\n`)
    const headers = new Headers(init.headers)
    headers.set('Content-Type', `multipart/form-data; boundary=${boundary}`)
    return { ...init, headers, body: await new Blob(parts).arrayBuffer() }
  }

  function quoted(text) {
    return text.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22')
  }
}
