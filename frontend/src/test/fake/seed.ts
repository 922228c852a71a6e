import type { Collection, Conflict, Device, Network, Person, Row, Values } from '../../lib/api/types'
import schemaJSON from './schema.json'

/** A made-up register, the same every time. */

export const collections = schemaJSON.collections as unknown as Collection[]

export const networks: Network[] = [
  { code: 'PE', name: 'Coordinadora Nacional de Comercio Justo Perú', countries: ['PE'] },
  { code: 'BO', name: 'Coordinadora Nacional Bolivia', countries: ['BO'] },
]

let state = 42
export function random(): number {
  state = (state * 1664525 + 1013904223) % 4294967296
  return state / 4294967296
}
export const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

let next = 1
export const newID = (): string => `00000000-0000-4000-8000-${String(next++).padStart(12, '0')}`

const kinds = [
  'Cooperativa Agraria Cafetalera',
  'Asociación de Productores',
  'Cooperativa Agroindustrial',
  'APROCAM',
  'Central de Cooperativas',
]
const names = [
  'Valle del Ñuñoa',
  'San Martín de Porres',
  'La Florida',
  'Tierra Fértil',
  'Nuevo Amanecer',
  'Río Tambo',
  'Sol y Café',
  'Cacao del Huallaga',
  'Santa Rosa',
  'El Progreso',
  'Los Andes',
  'Señor de Huamantanga',
]
const places = {
  PE: ['Cusco', 'Junín', 'San Martín', 'Cajamarca', 'Puno', 'Piura', 'Amazonas'],
  BO: ['La Paz', 'Cochabamba', 'Beni', 'Santa Cruz'],
}
const people = ['María Quispe', 'José Huamán', 'Rosa Ñaupari', 'Luis Condori', 'Elena Mamani', 'Pedro Choque']
const products = ['coffee', 'cocoa', 'banana', 'sugar', 'quinoa', 'honey']
const day = 86_400_000
export const start = Date.UTC(2026, 10, 20, 15)

export function row(collection: string, network: string, fields: Values, title: string, at: number): Row {
  return {
    id: newID(),
    collection,
    network,
    version: 1,
    deleted: false,
    title,
    state: 'clean',
    updated_at: at,
    updated_by: pick(people),
    fields: { created_at: at, ...fields },
  }
}

function organization(network: 'PE' | 'BO', i: number): Row {
  const name = `${pick(kinds)} ${pick(names)}${i % 3 ? ` ${i}` : ''}`
  return row(
    'organization',
    network,
    {
      name,
      acronym: i % 2 ? `C${String.fromCharCode(65 + (i % 26))}${i}` : null,
      flo_id: random() < 0.7 ? String(1000 + i) : null,
      type: pick([
        'small_producers',
        'small_producers',
        'small_producers',
        'hired_labor',
        'contract_production',
      ]),
      grade: pick(['first', 'second']),
      country: network,
      admin1: pick(places[network]),
      admin2: pick(names),
      products: [...new Set([pick(products), pick(products)])].sort(),
      status: random() < 0.9 ? 'active' : 'inactive',
      founded: 1960 + Math.floor(random() * 60),
      website: i % 4 ? null : `https://www.coop${i}.org`,
      tags: i % 7 ? null : ['asamblea 2026'],
      phones: ['+51987654321'],
    },
    name,
    start - Math.floor(random() * 400 * day),
  )
}

function children(org: Row): Row[] {
  const at = org.updated_at
  const own = (collection: string, title: string, fields: Values) =>
    row(collection, org.network, { organization: org.id, ...fields }, title, at)
  const total = 40 + Math.floor(random() * 900)
  const women = Math.floor(total * (0.2 + random() * 0.4))
  return [
    own('contact', pick(people), {
      name: pick(people),
      position: 'Gerente',
      phones: ['+51987654321'],
      emails: ['gerencia@coop.org'],
      channel: 'whatsapp',
      consent: 'network',
      consent_date: '2025-03-14',
    }),
    own('contact', pick(people), {
      name: pick(people),
      position: 'Presidenta',
      phones: ['+51912345678'],
      gender: 'woman',
    }),
    ...[2024, 2025].map((year) =>
      own('census', String(year), {
        year,
        source: 'organization',
        members_total: total,
        members_women: women,
        members_men: total - women,
        members_youth: Math.floor(total / 9),
        area_total: total * 2.5,
        area_organic: total,
      }),
    ),
    own('certification', 'fairtrade', {
      scheme: 'fairtrade',
      status: 'certified',
      valid_from: '2024-01-01',
      valid_to: `2026-12-${10 + Math.floor(random() * 19)}`,
      certifier: 'FLOCERT',
      products: ['coffee'],
    }),
    own('site', 'Oficina', {
      kind: 'office',
      name: 'Oficina principal',
      lat: -13.5 - random(),
      lon: -72 - random(),
      position_source: 'gps',
      locality: pick(names),
    }),
    own('membership_event', 'admitted', { body: 'network', kind: 'admitted', date: '2011-06-02' }),
    own('interaction', 'Visita', {
      kind: 'visit',
      date: '2026-09-03',
      subject: 'Revisión del padrón',
      participants: ['María Quispe', 'José Huamán'],
      notes: 'Se revisó el padrón de socios.',
    }),
    own('product_year', 'coffee', {
      product: 'coffee',
      year: 2025,
      volume: 1250.5,
      volume_unit: 'qq',
      volume_fairtrade: 800,
      premium: 21500,
      premium_currency: 'USD',
    }),
  ]
}

export function seed(size: number): Row[] {
  const all: Row[] = []
  for (let i = 1; i <= size; i++) {
    const org = organization(i % 4 ? 'PE' : 'BO', i)
    all.push(org)
    if (i <= 300) all.push(...children(org))
  }
  return all
}

export function conflictsOf(rows: Row[]): Conflict[] {
  return rows
    .filter((r) => r.collection === 'organization')
    .slice(0, 3)
    .map((r, i) => {
      r.state = 'conflict'
      const field = ['name', 'type', 'country'][i] ?? 'name'
      const current = r.fields[field] ?? null
      const other = [`${String(current)} Ltda.`, 'hired_labor', 'EC'][i] ?? null
      return {
        id: newID(),
        network: r.network,
        collection: r.collection,
        record: r.id,
        title: r.title,
        field,
        kind: 'edit',
        status: 'open',
        before: ['Coop. antigua', 'other', 'CO'][i] ?? null,
        mine: other,
        theirs: current,
        mine_by: 'Ana Flores',
        theirs_by: 'José Huamán',
        mine_at: start - 3_600_000 * (i + 1),
        theirs_at: start - 1_800_000,
        own: true,
        current,
        must_review: true,
        resolution: '',
      } satisfies Conflict
    })
}

export const persons: Person[] = [
  {
    id: 'u1',
    email: 'admin@clac.example',
    name: 'Ana Flores',
    role: 'admin',
    networks: [],
    active: true,
    created_at: start - 300 * day,
    last_seen: start,
  },
  {
    id: 'u2',
    email: 'jose@pe.example',
    name: 'José Huamán',
    role: 'coordinator',
    networks: ['PE'],
    active: true,
    created_at: start - 200 * day,
    last_seen: start - day,
  },
  {
    id: 'u3',
    email: 'elena@bo.example',
    name: 'Elena Mamani',
    role: 'field',
    networks: ['BO'],
    active: false,
    created_at: start - 90 * day,
    last_seen: 0,
  },
]

export const deviceList: Device[] = [
  {
    id: 'd1',
    number: 1000,
    name: 'Laptop de José',
    user: 'u2',
    user_name: 'José Huamán',
    networks: ['PE'],
    version: '0.1.0',
    platform: 'windows',
    created_at: start - 90 * day,
    last_seen: start - 60_000,
    online: true,
    pending: 0,
    revoked: false,
    handed_in: 0,
    proposals: 0,
    wipe: null,
  },
  {
    id: 'd2',
    number: 1001,
    name: 'Campo Puno',
    user: 'u3',
    user_name: 'Elena Mamani',
    networks: ['BO'],
    version: '0.1.0',
    platform: 'linux',
    created_at: start - 50 * day,
    last_seen: start - 9 * day,
    online: false,
    pending: 37,
    revoked: false,
    handed_in: 0,
    proposals: 0,
    wipe: null,
  },
]
