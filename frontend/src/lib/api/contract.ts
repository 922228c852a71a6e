/**
 * Holds the types of this interface against the ones generated from docs/openapi.json, when types are checked: a
 * field that the API gains, loses or renames shows here. The interface's own are narrower in what values can be.
 */
import type { components } from './openapi'
import type * as own from './types'

type Schemas = components['schemas']
type SameKeys<A, B> = [keyof A] extends [keyof B] ? ([keyof B] extends [keyof A] ? true : never) : never

export const agrees: {
  row: SameKeys<own.Row, Schemas['Row']>
  page: SameKeys<own.Page, Schemas['RecordPage']>
  session: SameKeys<own.Session, Schemas['Session']>
  status: SameKeys<own.Status, Schemas['Status']>
  pending: SameKeys<own.PendingEdit, Schemas['PendingEdit']>
  pendings: SameKeys<own.PendingEdits, Schemas['PendingEdits']>
  conflict: SameKeys<own.Conflict, Schemas['Conflict']>
  proposal: SameKeys<own.Proposal, Schemas['Proposal']>
  handedIn: SameKeys<own.HandedIn, Schemas['HandedIn']>
  lease: SameKeys<NonNullable<own.Status['lease']>, Schemas['Lease']>
  wiped: SameKeys<NonNullable<own.Session['wiped']>, Schemas['Wiped']>
  history: SameKeys<own.HistoryEntry, Omit<Schemas['HistoryEntry'], 'collection' | 'id'>>
  figures: SameKeys<own.NetworkFigures, Schemas['NetworkOverview']>
  dashboard: SameKeys<own.Dashboard, Schemas['Dashboard']>
  placeFigures: SameKeys<own.PlaceFigures, Schemas['PlaceFigures']>
  partFigures: SameKeys<own.PartFigures, Schemas['PartFigures']>
  yearFigures: SameKeys<own.YearFigures, Schemas['YearFigures']>
  membershipFigures: SameKeys<own.MembershipFigures, Schemas['MembershipFigures']>
  productFigures: SameKeys<own.ProductFigures, Schemas['ProductFigures']>
  monthFigures: SameKeys<own.MonthFigures, Schemas['MonthFigures']>
  recent: SameKeys<own.Recent, Schemas['Recent']>
  hit: SameKeys<own.Hit, Schemas['Hit']>
  pair: SameKeys<own.DuplicatePair, Schemas['DuplicatePair']>
  lookalike: SameKeys<own.Lookalike, Schemas['Lookalike']>
  likeness: SameKeys<own.Likeness, Schemas['LikenessReason']>
  place: SameKeys<own.Place, Schemas['Place']>
  positions: SameKeys<own.Positions, Schemas['Places']>
  batch: SameKeys<own.Batch, Schemas['Batch']>
  mapping: SameKeys<own.Mapping, Schemas['ImportMapping']>
  upload: SameKeys<own.Upload, Schemas['Upload']>
  report: SameKeys<own.Report, Schemas['ImportReport']>
  item: SameKeys<own.ReportItem, Schemas['ReportItem']>
  field: SameKeys<own.Field, Schemas['SchemaField']>
  collection: SameKeys<own.Collection, Schemas['Collection']>
} = {
  row: true,
  page: true,
  session: true,
  status: true,
  pending: true,
  pendings: true,
  conflict: true,
  proposal: true,
  handedIn: true,
  lease: true,
  wiped: true,
  history: true,
  figures: true,
  dashboard: true,
  placeFigures: true,
  partFigures: true,
  yearFigures: true,
  membershipFigures: true,
  productFigures: true,
  monthFigures: true,
  recent: true,
  hit: true,
  pair: true,
  lookalike: true,
  likeness: true,
  place: true,
  positions: true,
  batch: true,
  mapping: true,
  upload: true,
  report: true,
  item: true,
  field: true,
  collection: true,
}
