import { feature, mesh } from 'topojson-client'
import type { GeometryCollection, MultiPolygon, Polygon, Topology } from 'topojson-specification'
import type { Feature, FeatureCollection, MultiLineString, Point } from 'geojson'
import address from '../../../../shared/atlas/shapes.json?url'
import type { Locale } from '$lib/api/types'
import { country } from '$lib/format/country'

/** The file that scripts/atlas.mjs makes: what the map draws, and what the register judges coordinates by. */
interface CountryShape {
  code?: string
  at: [number, number]
}
interface DivisionShape {
  country: string
  code: string
  name: Partial<Record<Locale, string>> & { es: string }
  at: [number, number]
}
type Atlas = Topology<{
  countries: GeometryCollection<CountryShape>
  divisions: GeometryCollection<DivisionShape>
}>
type Shape = Polygon<CountryShape> | MultiPolygon<CountryShape>

export interface Shapes {
  land: FeatureCollection
  /** Where land ends, where countries meet, and where their divisions do. */
  coasts: Feature<MultiLineString>
  borders: Feature<MultiLineString>
  divisions: Feature<MultiLineString>
  names: (locale: Locale) => FeatureCollection<Point>
}

let loading: Promise<Shapes> | undefined

/** The shapes of the world, read once. A failure is forgotten, so that it can be tried again. */
export function shapes(): Promise<Shapes> {
  loading ??= load().catch((thrown: unknown) => {
    loading = undefined
    throw thrown
  })
  return loading
}

async function load(): Promise<Shapes> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`the map's shapes: ${response.status}`)
  return shapesOf((await response.json()) as Atlas)
}

export function shapesOf(atlas: Atlas): Shapes {
  const { countries, divisions } = atlas.objects
  const line = (geometry: MultiLineString): Feature<MultiLineString> => ({
    type: 'Feature',
    properties: {},
    geometry,
  })
  return {
    land: feature(atlas, countries),
    coasts: line(mesh(atlas, countries, (a, b) => a === b)),
    borders: line(mesh(atlas, countries, (a, b) => a !== b)),
    divisions: line(mesh(atlas, divisions, (a, b) => a !== b && countryOf(a) === countryOf(b))),
    names: (locale) => ({
      type: 'FeatureCollection',
      features: [
        ...countries.geometries.flatMap((g) => nameOfCountry(g as Shape)),
        ...divisions.geometries.map((g) => {
          const { name, at } = g.properties as DivisionShape
          return point(at, { kind: 'division', name: name[locale] ?? name.es })
        }),
      ],
    }),
  }
}

const countryOf = (g: { properties?: object }): string => (g.properties as DivisionShape).country

function nameOfCountry(g: Shape): Feature<Point>[] {
  const { code, at } = g.properties as CountryShape
  if (!code) return []
  // Of names that would overlap, those of countries with long outlines come first.
  return [point(at, { kind: 'country', name: country(code), rank: -g.arcs.flat(2).length })]
}

const point = (coordinates: [number, number], properties: object): Feature<Point> => ({
  type: 'Feature',
  properties,
  geometry: { type: 'Point', coordinates },
})
