// WebKitGTK crashes the whole program when a request to a custom scheme has a body that is a Blob, a File or a
// FormData (webkit_uri_scheme_request_get_http_body). Bytes are safe, so every body becomes bytes first. It
// is loaded before the interface, in the window only. A FormData with a file in it cannot be read here either
// and fails with an error: send the File itself as the body, or a large one through Dialogs.OpenFile.
{
  const nativeFetch = window.fetch.bind(window)

  window.fetch = async (input, init) => {
    const request = new Request(input, init)
    if (request.method === 'GET' || request.method === 'HEAD') return nativeFetch(request)
    const body = await request.arrayBuffer()
    return nativeFetch(request.url, {
      method: request.method,
      headers: request.headers, // a form's boundary included
      body: body.byteLength > 0 ? body : undefined,
      signal: request.signal,
    })
  }

  navigator.sendBeacon = (url, body) => {
    void window.fetch(url, { method: 'POST', body })
    return true
  }
}
