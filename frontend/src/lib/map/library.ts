import workerAddress from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'

type Library = typeof import('maplibre-gl')

let loading: Promise<Library> | undefined

/** Whether this computer can draw the map at all. */
export function drawable(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null
  } catch {
    return false
  }
}

/** The map's library, which is large and comes when a map is first shown. */
export function library(): Promise<Library> {
  loading ??= load().catch((thrown: unknown) => {
    loading = undefined
    throw thrown
  })
  return loading
}

async function load(): Promise<Library> {
  const [maplibre] = await Promise.all([import('maplibre-gl'), import('maplibre-gl/dist/maplibre-gl.css')])
  // The window's origin is wails://, against which the library cannot resolve a worker by itself.
  maplibre.setWorkerUrl(new URL(workerAddress, location.href).href)
  return maplibre
}
