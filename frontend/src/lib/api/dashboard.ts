/** The register in figures: each is that of a list that can be asked for. */

export interface Dashboard {
  /** The day of which the figures are. */
  day: string
  /** Some figures are still those from before the last changes: ask again in a moment. */
  adding: boolean
  places: PlaceFigures[]
  parts: PartFigures[]
  years: YearFigures[]
  membership: MembershipFigures[]
  products: ProductFigures[]
  expiring: MonthFigures[]
}

/** Of a network in a country, from each organization's latest census. */
export interface PlaceFigures {
  network: string
  country: string
  organizations: number
  counted: number
  families: number
  women: number
  youth: number
  area: number
  freshness: number
  stale: number
  expiring: number
}

export interface PartFigures {
  part: string
  fresh: number
  organizations: number
}

export interface YearFigures {
  year: number
  organizations: number
  families: number
  women: number
  youth: number
  area: number
  certified: number
  organic: number
}

export interface MembershipFigures {
  year: number
  joined: number
  left: number
  members: number
}

export interface ProductFigures {
  product: string
  organizations: number
  families: number
}

/** Certificates that end in a month, YYYY-MM. */
export interface MonthFigures {
  month: string
  certificates: number
}

/** Where the figures are read from as a file. */
export function dashboardAddress(network: string[], country: string, format: string, lang: string): string {
  const params = new URLSearchParams({ format, lang, ...(country ? { country } : {}) })
  network.forEach((n) => params.append('network', n))
  return `/api/dashboard/file?${params.toString()}`
}
