import type { GeoJSONSource, LngLatBoundsLike, Map as MapLibre, Marker } from 'maplibre-gl'
import type { Feature, FeatureCollection, Point } from 'geojson'
import { m } from '$lib/paraglide/messages'
import { preferences } from '$lib/state/preferences.svelte'
import { library } from './library'
import { shapes, type Shapes } from './shapes'
import { layers, styleOf } from './style'

export interface Spot {
  lat: number
  lon: number
  /** It cannot be in the country that its organization names. */
  outside?: boolean
}

export interface ChartOptions {
  label: string
  clustered?: boolean
  /** As near as fitting goes, as a zoom level. */
  closest?: number
  /** A spot was pressed, by its place in the list shown. */
  onpick?: (index: number) => void
  /** The view came to rest; west, south, east, north. */
  onmove?: (bounds: [number, number, number, number]) => void
}

/** What is shown where there is nothing to show: the region of the networks. */
const region: LngLatBoundsLike = [-118, -56, -34, 33]
const closest = 8 // beyond it the outlines say nothing any more

/** A map drawn into an element. It needs WebGL: ask drawable() first. */
export class Chart {
  #pin: Marker | undefined
  #watch = new MutationObserver(() => this.#dress())

  private constructor(
    private map: MapLibre,
    private maplibre: Awaited<ReturnType<typeof library>>,
    private outlines: Shapes,
    private closest: number,
  ) {
    this.#watch.observe(document.documentElement, { attributeFilter: ['data-theme', 'lang'] })
  }

  static async draw(container: HTMLElement, options: ChartOptions): Promise<Chart> {
    const [maplibre, outlines] = await Promise.all([library(), shapes(), fontsReady()])
    const map = new maplibre.Map({
      container,
      style: styleOf(options.clustered ?? false),
      bounds: region,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      maxZoom: 14,
      fadeDuration: 0,
      canvasContextAttributes: { preserveDrawingBuffer: true }, // printing, and screenshots in the window
      locale: {
        'Map.Title': options.label,
        'NavigationControl.ZoomIn': m.map_zoom_in(),
        'NavigationControl.ZoomOut': m.map_zoom_out(),
        'Marker.Title': m.map_pin(),
      },
    })
    map.touchZoomRotate.disableRotation()
    map.keyboard.disableRotation()
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), 'top-right')
    await map.once('load')
    const chart = new Chart(map, maplibre, outlines, options.closest ?? closest)
    chart.#fill()
    chart.#listen(options)
    return chart
  }

  /** Shows spots, in the order that picks refer to. */
  show(spots: Spot[]): void {
    const features = spots.map(({ lat, lon, outside }, i): Feature<Point> => ({
      type: 'Feature',
      properties: { i, outside: outside ? 1 : 0 },
      geometry: { type: 'Point', coordinates: [lon, lat] },
    }))
    this.#set('sites', { type: 'FeatureCollection', features })
  }

  /** Rings one spot, or none. */
  choose(spot?: Spot): void {
    const features: Feature<Point>[] = spot
      ? [
          {
            type: 'Feature',
            properties: {},
            geometry: { type: 'Point', coordinates: [spot.lon, spot.lat] },
          },
        ]
      : []
    this.#set('chosen', { type: 'FeatureCollection', features })
  }

  /** Moves the view so that all spots are in it. */
  fit(spots: Spot[], animate = false): void {
    const bounds = new this.maplibre.LngLatBounds()
    for (const { lat, lon } of spots) bounds.extend([lon, lat])
    const still = !animate || matchMedia('(prefers-reduced-motion: reduce)').matches
    this.map.fitBounds(bounds.isEmpty() ? region : bounds, {
      padding: 40,
      maxZoom: this.closest,
      duration: still ? 0 : 500,
    })
  }

  /** Brings a spot into the middle, near enough to tell it from others. */
  approach(spot: Spot): void {
    const center: [number, number] = [spot.lon, spot.lat]
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    this.map.easeTo({ center, zoom: Math.max(this.map.getZoom(), closest), duration: still ? 0 : 400 })
  }

  /** Puts a pin that can be dragged; it says where to each time it is let go. */
  pin(spot: Spot, ondrop: (spot: Spot) => void): void {
    this.unpin()
    const color = getComputedStyle(document.documentElement).getPropertyValue('--honey').trim()
    this.#pin = new this.maplibre.Marker({ draggable: true, color })
      .setLngLat([spot.lon, spot.lat])
      .addTo(this.map)
    this.#pin.on('dragend', () => {
      const at = this.#pin?.getLngLat().wrap()
      if (at) ondrop({ lat: at.lat, lon: at.lng })
    })
  }

  movePin(spot: Spot): void {
    this.#pin?.setLngLat([spot.lon, spot.lat])
    if (this.map.getBounds().contains([spot.lon, spot.lat])) return
    this.map.panTo([spot.lon, spot.lat], { duration: 0 })
  }

  unpin(): void {
    this.#pin?.remove()
    this.#pin = undefined
  }

  /** How many degrees a number of pixels is, here. */
  step(pixels: number): number {
    return (360 / (512 * 2 ** this.map.getZoom())) * pixels
  }

  remove(): void {
    this.#watch.disconnect()
    this.map.remove()
  }

  #listen({ onpick, onmove }: ChartOptions): void {
    const { map } = this
    if (onpick) map.on('click', 'sites', (e) => onpick(Number(e.features?.[0]?.properties.i)))
    map.on('click', 'clusters', (e) => void this.#open(e.features?.[0]))
    for (const layer of onpick ? ['sites', 'clusters'] : ['clusters']) {
      map.on('mouseenter', layer, () => (map.getCanvas().style.cursor = 'pointer'))
      map.on('mouseleave', layer, () => (map.getCanvas().style.cursor = ''))
    }
    if (!onmove) return
    const tell = () => {
      const [[west, south], [east, north]] = map.getBounds().toArray()
      onmove([west, south, east, north])
    }
    map.on('moveend', tell)
    tell()
  }

  /** Goes to where a cluster falls apart. */
  async #open(cluster: Feature | undefined): Promise<void> {
    if (cluster?.geometry.type !== 'Point') return
    const zoom = await this.#source('sites').getClusterExpansionZoom(Number(cluster.properties?.cluster_id))
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    this.map.easeTo({
      center: cluster.geometry.coordinates as [number, number],
      zoom: zoom + 0.5,
      duration: still ? 0 : 400,
    })
  }

  #fill(): void {
    this.#set('land', this.outlines.land)
    this.#set('coasts', this.outlines.coasts)
    this.#set('borders', this.outlines.borders)
    this.#set('divisions', this.outlines.divisions)
    this.#set('names', this.outlines.names(preferences.locale))
  }

  /** Follows the page's theme and language. */
  #dress(): void {
    for (const layer of layers()) {
      if (!('paint' in layer)) continue
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.map.setPaintProperty(layer.id, name as never, value as never)
      }
    }
    this.#set('names', this.outlines.names(preferences.locale))
  }

  #source(id: string): GeoJSONSource {
    return this.map.getSource(id) as GeoJSONSource
  }
  #set(id: string, data: FeatureCollection | Feature): void {
    void this.#source(id).setData(data)
  }
}

/** Names are drawn with the page's font: it must be there before the first of them. */
async function fontsReady(): Promise<void> {
  await Promise.all(
    ['400', '700'].map((weight) => document.fonts.load(`${weight} 16px 'Source Sans 3 Variable'`)),
  )
}
