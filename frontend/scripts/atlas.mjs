/**
 * Makes shared/atlas/shapes.json: the outlines of the world's countries and of the first-level divisions of Latin
 * America and the Caribbean, simplified and quantized, from Natural Earth (public domain). Run it by hand when the
 * sources change:
 *
 *   node scripts/atlas.mjs path/to/ne10m_admin1_lac.geojson
 *
 * The countries come from npm's world-atlas (Natural Earth 1:50m), the divisions from the file named (1:10m). A country
 * whose divisions are known is their union, so that the two never disagree. Simplifying is gentle: what is left is true
 * to about a kilometer, which shared/atlas allows for when it judges a coordinate.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { feature, mergeArcs, quantize } from 'topojson-client'
import { topology } from 'topojson-server'
import { presimplify, simplify } from 'topojson-simplify'

const source = process.argv[2]
if (!source) throw new Error('name the file of first-level divisions: node scripts/atlas.mjs FILE.geojson')
const target = new URL('../../shared/atlas/shapes.json', import.meta.url)
const leastArea = 4e-4 // square degrees: smaller triangles of an outline go
const coarser = 4 // times that for countries without divisions, which are there to find one's way
const steps = 2e5 // of the grid that coordinates are rounded to, along the world's width

const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
const world = read(createRequire(import.meta.url).resolve('world-atlas/countries-50m.json'))
const given = read(source)

/** ISO 3166-1 alpha-2 of a numeric code; undefined for the few shapes without one. */
function codeOf(numeric) {
  const region = numeric && Intl.getCanonicalLocales(`und-${numeric}`)[0].slice(4)
  return region?.length === 2 ? region : undefined
}

const round = (degrees) => Math.round(degrees * 1000) / 1000

const divisions = given.features.map(({ geometry, properties: p }) => {
  const names = { es: p.name_es || p.name, en: p.name_en, pt: p.name_pt, fr: p.name_fr }
  // A name that is the Spanish one is left out.
  const others = Object.entries(names).filter(([lang, n]) => lang === 'es' || (n && n !== names.es))
  const at = [round(p.longitude), round(p.latitude)]
  return {
    type: 'Feature',
    geometry,
    properties: { country: p.iso_a2, code: p.iso_3166_2, name: Object.fromEntries(others), at },
  }
})
const detailed = new Set(divisions.map((d) => d.properties.country))

const outlines = feature(world, world.objects.countries)
  .features.map((f) => ({ ...f, code: codeOf(f.id) }))
  .filter((f) => f.code !== 'AQ' && !detailed.has(f.code))
  .map(({ geometry, code }) => ({ type: 'Feature', geometry: unbroken(geometry), properties: { code } }))

let shapes = topology({
  divisions: { type: 'FeatureCollection', features: divisions },
  countries: { type: 'FeatureCollection', features: outlines },
})
const weighed = presimplify(shapes)
for (const arc of arcsOf(weighed.objects.countries)) {
  for (const point of weighed.arcs[arc]) point[2] /= coarser
}
shapes = quantize(simplify(weighed, leastArea), steps)

const { divisions: kept, countries } = shapes.objects
for (const code of [...detailed].sort()) {
  const parts = kept.geometries.filter((g) => g.properties.country === code)
  countries.geometries.push({ ...mergeArcs(shapes, parts), properties: { code, detailed: true } })
}
for (const g of countries.geometries) g.properties.at = middle(feature(shapes, g).geometry)
shapes.bbox = undefined

writeFileSync(target, JSON.stringify(shapes) + '\n')
console.log(
  `${target.pathname}: ${countries.geometries.length} countries, ${kept.geometries.length} divisions`,
)

/** A shape that crosses the date line goes on beyond 180° instead of jumping to the other side of the map. */
function unbroken(geometry) {
  const ring = (points) => {
    let turns = 0
    return points.map(([x, y], i) => {
      const step = i > 0 ? x - points[i - 1][0] : 0
      turns += step > 180 ? -1 : step < -180 ? 1 : 0
      return [x + 360 * turns, y]
    })
  }
  // A part that begins in the west half and goes around would end up west of everything: it is moved as a whole.
  const polygon = (rings) => {
    const drawn = rings.map(ring)
    const shift = Math.min(...drawn[0].map(([x]) => x)) < -180.001 ? 360 : 0
    return drawn.map((r) => r.map(([x, y]) => [x + shift, y]))
  }
  const { type, coordinates } = geometry
  return { type, coordinates: type === 'Polygon' ? polygon(coordinates) : coordinates.map(polygon) }
}

/** The numbers of the arcs that shapes are made of. */
function arcsOf(collection) {
  const arcs = collection.geometries.flatMap((g) => g.arcs.flat(Infinity))
  return new Set(arcs.map((arc) => (arc < 0 ? ~arc : arc)))
}

/** Where to write a name: the point of the largest part that is farthest from its edge, roughly. */
function middle(geometry) {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
  const [outer] = polygons.map((rings) => rings[0]).sort((a, b) => Math.abs(area(b)) - Math.abs(area(a)))
  const xs = outer.map(([x]) => x)
  const ys = outer.map(([, y]) => y)
  const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  let best = [(west + east) / 2, (south + north) / 2]
  let widest = -1
  for (let i = 1; i < 40; i++) {
    for (let j = 1; j < 40; j++) {
      const point = [west + ((east - west) * i) / 40, south + ((north - south) * j) / 40]
      const room = inside(outer, point)
        ? Math.min(...outer.map((v) => Math.hypot(v[0] - point[0], v[1] - point[1])))
        : -1
      if (room > widest) [best, widest] = [point, room]
    }
  }
  return best.map(round)
}

function area(ring) {
  return ring.reduce(
    (sum, [x, y], i) => sum + x * ring[(i + 1) % ring.length][1] - ring[(i + 1) % ring.length][0] * y,
    0,
  )
}

function inside(ring, [x, y]) {
  let within = false
  ring.forEach(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within
  })
  return within
}
