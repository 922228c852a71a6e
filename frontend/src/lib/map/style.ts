import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'

// The library takes a weight out of the first family's name, and quotes no names itself.
const font = ["'Source Sans 3 Variable'"]
const bold = ["'Source Sans 3 Variable Bold'", ...font]

/** The page's own colors, as they are now: a map cannot read CSS variables. */
function colors() {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const dark = document.documentElement.dataset.theme === 'dark'
  return {
    sea: dark ? '#12181b' : '#dfe8ea',
    land: of(dark ? 'surface' : 'paper'),
    coast: of('line-strong'),
    border: of('ink-3'),
    division: of('line-strong'),
    name: of('ink-2'),
    halo: of(dark ? 'surface' : 'paper'),
    site: of('leaf'),
    outside: of('berry'),
    chosen: of('honey'),
    onSite: of('on-leaf'),
    edge: of('surface'),
  }
}

const empty = { type: 'FeatureCollection' as const, features: [] }

/** A style that needs nothing from elsewhere: without an address for glyphs, text is drawn with the page's fonts. */
export function styleOf(clustered: boolean): StyleSpecification {
  const source = { type: 'geojson' as const, data: empty }
  return {
    version: 8,
    sources: {
      land: source,
      coasts: source,
      borders: source,
      divisions: source,
      names: source,
      sites: clustered
        ? {
            ...source,
            cluster: true,
            clusterRadius: 44,
            clusterMaxZoom: 11,
            clusterProperties: { outside: ['+', ['get', 'outside']] },
          }
        : source,
      chosen: source,
    },
    layers: layers(),
  }
}

export function layers(): LayerSpecification[] {
  const c = colors()
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': c.sea } },
    { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': c.land } },
    line('divisions', c.division, 0.7, 3),
    line('coasts', c.coast, 0.8),
    line('borders', c.border, 1),
    {
      id: 'division-names',
      type: 'symbol',
      source: 'names',
      minzoom: 5,
      filter: ['==', ['get', 'kind'], 'division'],
      layout: { 'text-field': ['get', 'name'], 'text-font': font, 'text-size': 12, 'text-max-width': 8 },
      paint: { 'text-color': c.name, 'text-halo-color': c.halo, 'text-halo-width': 1.2 },
    },
    {
      id: 'country-names',
      type: 'symbol',
      source: 'names',
      maxzoom: 8,
      filter: ['==', ['get', 'kind'], 'country'],
      layout: {
        'text-field': ['get', 'name'],
        'text-font': bold,
        'text-size': ['interpolate', ['linear'], ['zoom'], 2, 11, 6, 16],
        'text-max-width': 7,
        'symbol-sort-key': ['get', 'rank'],
      },
      paint: { 'text-color': c.name, 'text-halo-color': c.halo, 'text-halo-width': 1.4 },
    },
    ...siteLayers(c),
  ]
}

function siteLayers(c: ReturnType<typeof colors>): LayerSpecification[] {
  return [
    {
      id: 'clusters',
      type: 'circle',
      source: 'sites',
      filter: ['has', 'point_count'],
      paint: {
        'circle-color': c.site,
        'circle-radius': ['interpolate', ['linear'], ['log10', ['get', 'point_count']], 0, 11, 2, 18, 5, 34],
        'circle-stroke-width': ['case', ['>', ['get', 'outside'], 0], 2.5, 1.5],
        'circle-stroke-color': ['case', ['>', ['get', 'outside'], 0], c.outside, c.edge],
      },
    },
    {
      id: 'cluster-counts',
      type: 'symbol',
      source: 'sites',
      filter: ['has', 'point_count'],
      layout: {
        'text-field': ['to-string', ['get', 'point_count']], // MapLibre would say 1.3k, which not everybody reads
        'text-font': bold,
        'text-size': 12.5,
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': c.onSite },
    },
    {
      id: 'sites',
      type: 'circle',
      source: 'sites',
      filter: ['!', ['has', 'point_count']],
      paint: {
        'circle-color': ['case', ['>', ['get', 'outside'], 0], c.outside, c.site],
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 2, 4.5, 10, 7],
        'circle-stroke-width': 1.5,
        'circle-stroke-color': c.edge,
      },
    },
    {
      id: 'chosen',
      type: 'circle',
      source: 'chosen',
      paint: {
        'circle-color': 'rgba(0,0,0,0)',
        'circle-radius': 12,
        'circle-stroke-width': 3,
        'circle-stroke-color': c.chosen,
      },
    },
  ]
}

const line = (id: string, color: string, width: number, minzoom = 0): LayerSpecification => ({
  id,
  type: 'line',
  source: id,
  minzoom,
  layout: { 'line-join': 'round' },
  paint: {
    'line-color': color,
    'line-width': ['interpolate', ['linear'], ['zoom'], 2, width * 0.7, 8, width * 1.6],
  },
})
