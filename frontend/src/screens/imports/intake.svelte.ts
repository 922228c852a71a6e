import { backend } from '$lib/api/backend'
import { Fault, faultOf } from '$lib/api/fault'
import type { ColumnMapping, ImportMode, Mapping, Report, Upload, Value } from '$lib/api/types'
import { isEmpty } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { live } from '$lib/state/live.svelte'

export type Step = 'choose' | 'map' | 'preview' | 'done'

const noMapping: Mapping = { columns: [], empty: [], match: [], defaults: {}, sheet: '', header_row: 0 }

/** One file on its way into the register: chosen, mapped, tried and run. Nothing is changed before it is run. */
export class Intake {
  #step = $state<Step>('choose')
  #file = $state('')
  #upload = $state.raw<Upload>()
  #mapping = $state.raw<Mapping>(noMapping)
  #mode = $state<ImportMode>('both')
  #report = $state.raw<Report>()
  #fault = $state.raw<Fault>()
  #busy = $state(false)

  get step(): Step {
    return this.#step
  }
  get file(): string {
    return this.#file
  }
  get upload(): Upload | undefined {
    return this.#upload
  }
  get mapping(): Mapping {
    return this.#mapping
  }
  get mode(): ImportMode {
    return this.#mode
  }
  get report(): Report | undefined {
    return this.#report
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get busy(): boolean {
    return this.#busy
  }

  async choose(file: File, network: string): Promise<void> {
    this.#file = file.name
    await this.#try(async () => {
      this.#upload = await backend.upload(file, 'organization', network)
      this.#mapping = this.#upload.mapping
      this.#step = 'map'
    })
  }

  mapColumn(column: string, to: Pick<ColumnMapping, 'to' | 'as'>): void {
    const columns = this.#mapping.columns.map((c) => (c.column === column ? { ...c, ...to } : c))
    this.#mapping = { ...this.#mapping, columns }
  }
  adjust(part: Partial<Mapping>): void {
    this.#mapping = { ...this.#mapping, ...part }
  }
  /** Gives a value to all rows in which no column says it; null takes it back. */
  setDefault(name: string, value: Value): void {
    const others = Object.entries(this.#mapping.defaults).filter(([n]) => n !== name)
    this.adjust({ defaults: Object.fromEntries(isEmpty(value) ? others : [...others, [name, value]]) })
  }
  use(mode: ImportMode): void {
    this.#mode = mode
    if (this.#step === 'preview') void this.preview()
  }

  /** Tries the import and changes nothing. */
  async preview(): Promise<void> {
    await this.#try(async () => {
      this.#report = await backend.preview(this.#token, this.#mapping, this.#mode)
      this.#step = 'preview'
    })
  }

  /** Imports. Where no answer came, part of it may be done: the person is led to where that can be seen and undone. */
  async run(): Promise<void> {
    await this.#try(async () => {
      this.#report = await backend.runImport(this.#token, this.#mapping, this.#mode)
      this.#step = 'done'
      live.touch('*')
    })
    const cut = this.#fault
    if (!cut?.unanswered) return
    this.drop()
    this.#fault = new Fault(cut.code, m.import_cut())
  }

  back(): void {
    this.#fault = undefined
    this.#step = 'map'
  }

  /** Forgets the file. */
  drop(): void {
    if (this.#upload && this.#step !== 'done') void backend.dropUpload(this.#token).catch(() => undefined)
    this.#upload = undefined
    this.#report = undefined
    this.#fault = undefined
    this.#step = 'choose'
  }

  get #token(): string {
    return this.#upload?.token ?? ''
  }

  async #try(action: () => Promise<void>): Promise<void> {
    this.#busy = true
    this.#fault = undefined
    try {
      await action()
    } catch (thrown) {
      this.#fault = faultOf(thrown)
    } finally {
      this.#busy = false
    }
  }
}

/** The one that the screen shows: it is still there when a person comes back from looking something up. */
export const intake = new Intake()
