import type { Browser } from 'playwright-core'
import { expect, vi } from 'vitest'
import { Visitor } from './browser'
import { Cable, Desktop, people, Server } from './programs'

interface Row {
  id: string
  network: string
  fields: Record<string, unknown>
}
interface Listed {
  records: Row[]
}

/**
 * A register in which everything is there that a screen can show: a laptop without a connection, with a conflict, an
 * edit that was rejected and two that wait; one that is locked, one withdrawn, one wiped; duplicates and proposals.
 */
export class Stage {
  readonly server = new Server()
  readonly desktop = new Desktop()
  readonly locked = new Desktop()
  readonly withdrawn = new Desktop()
  readonly wiped = new Desktop()
  readonly #cable = new Cable()
  readonly #far = new Cable()
  readonly #desktops = [this.desktop, this.locked, this.withdrawn, this.wiped]

  async set(browser: Browser): Promise<void> {
    await this.server.start()
    await this.server.addNetwork('BO', 'Red Demo Bolivia (ficticia)', 'BO')
    await this.#cable.lay(this.server)
    await this.#far.lay(this.server)
    await this.#begin(this.desktop, people.coordinator, 'Laptop de Carmen', this.#cable)
    await this.#begin(this.withdrawn, people.field, 'Laptop retirada', this.#far)
    await this.#begin(this.wiped, people.field, 'Laptop perdida', this.#far)
    await this.#begin(this.locked, people.field, 'Laptop guardada', this.#far)
    const office = await Visitor.open(browser, this.server.url)
    await office.signIn(people.admin)
    await this.#twin(office)
    await this.#dispute(office)
    await this.#reject(office)
    await this.#part(office)
    await this.#wait()
    await office.close()
  }

  async close(): Promise<void> {
    for (const desktop of this.#desktops) await desktop.close()
    this.#cable.close()
    this.#far.close()
    await this.server.close()
  }

  /** An organization with much to show, from the middle of the list, and a certificate. */
  async records(): Promise<{ organization: string; certificate: string }> {
    const found = await fetch(
      `${this.desktop.url}/api/records/certification?network=PE&limit=1&sort=valid_to`,
    )
    const [certificate] = ((await found.json()) as Listed).records
    const [organization] = await rows(this.desktop.url, 1, 20)
    return { organization: organization?.id ?? '', certificate: certificate?.id ?? '' }
  }

  async #begin(desktop: Desktop, email: string, name: string, cable: Cable): Promise<void> {
    await desktop.enroll(this.server, email, name, cable.url)
    await desktop.start()
    const there = async () => (await status(desktop)).state
    await until(there, (e) => e.toBe('up_to_date'))
  }

  /** The same organization twice. */
  async #twin(office: Visitor): Promise<void> {
    const [row] = await rows(this.desktop.url, 1, 8)
    if (!row) throw new Error('the replica is empty')
    const { name, flo_id, country, admin1, admin2, locality } = row.fields
    const fields = { name: String(name).toUpperCase(), flo_id, country, admin1, admin2, locality }
    await post(office, [{ kind: 'create', collection: 'organization', network: row.network, fields }])
  }

  /** The same field changed on both sides. */
  async #dispute(office: Visitor): Promise<void> {
    this.#cable.cut()
    const [row] = await rows(this.desktop.url, 1, 3)
    if (!row) throw new Error('the replica is empty')
    await send(this.desktop.url, [update(row, { acronym: 'CAMPO', locality: 'Santa Rosa' })])
    await post(office, [update(row, { acronym: 'OFICINA', locality: 'San Martín' })])
    await this.#mend()
    const conflicts = async () => {
      const found = await fetch(`${this.desktop.url}/api/conflicts?status=open`)
      return ((await found.json()) as { conflicts: { record: string }[] }).conflicts.map((c) => c.record)
    }
    await until(conflicts, (e) => e.toContain(row.id))
  }

  /** A deletion by a person whose role does not allow it any more by the time it arrives. */
  async #reject(office: Visitor): Promise<void> {
    const { users } = (await (await office.context.request.get(`${this.server.url}/api/users`)).json()) as {
      users: { id: string; email: string }[]
    }
    const who = users.find((u) => u.email === people.coordinator)?.id ?? ''
    const become = async (role: string) => {
      const answer = await office.context.request.patch(`${this.server.url}/api/users/${who}`, {
        headers: { 'X-Acopio': '1' },
        data: { role },
      })
      expect(answer.status(), await answer.text()).toBe(200)
    }
    this.#cable.cut()
    const [row] = await rows(this.desktop.url, 1, 12)
    if (!row) throw new Error('the replica is empty')
    await send(this.desktop.url, [
      { kind: 'delete', collection: 'organization', network: row.network, id: row.id },
    ])
    await become('field')
    await this.#mend()
    await until(
      async () => (await status(this.desktop)).rejected,
      (e) => e.toBe(1),
    )
    await become('coordinator')
    const role = async () => {
      const session = await fetch(`${this.desktop.url}/api/session`)
      return ((await session.json()) as { user: { role: string } }).user.role
    }
    await until(role, (e) => e.toBe('coordinator'))
  }

  /** Laptops that part from the register while there is something they have not sent, and one that stays away. */
  async #part(office: Visitor): Promise<void> {
    this.#far.cut()
    for (const [i, desktop] of [this.withdrawn, this.wiped, this.locked].entries()) {
      const [row] = await rows(desktop.url, 1, 30 + i)
      if (row) await send(desktop.url, [update(row, { acronym: `LEJOS${i}`, locality: 'Villa Nueva' })])
    }
    const devices = (await (await office.context.request.get(`${this.server.url}/api/devices`)).json()) as {
      devices: { id: string; name: string }[]
    }
    const order = async (name: string, what: string, data = {}) => {
      const id = devices.devices.find((d) => d.name === name)?.id ?? ''
      const answer = await office.context.request.post(`${this.server.url}/api/devices/${id}/${what}`, {
        headers: { 'X-Acopio': '1' },
        data,
      })
      expect(answer.ok(), await answer.text()).toBe(true)
    }
    await order('Laptop retirada', 'revoke')
    await order('Laptop perdida', 'wipe', { name: 'Laptop perdida', at_once: false })
    await this.locked.leave(31)
    this.#far.mend()
    for (const [desktop, state] of [
      [this.withdrawn, 'withdrawn'],
      [this.wiped, 'wiped'],
    ] as const) {
      await fetch(`${desktop.url}/api/sync`, { method: 'POST', headers: { 'X-Acopio': '1' } })
      const now = async () =>
        ((await (await fetch(`${desktop.url}/api/session`)).json()) as Listed & { state: string }).state
      await until(now, (e) => e.toBe(state))
    }
    this.#far.cut()
    await this.locked.start()
  }

  /** Edits that wait for a connection. */
  async #wait(): Promise<void> {
    const settled = async () => (await status(this.desktop)).pending
    await until(settled, (e) => e.toBe(0))
    this.#cable.cut()
    const [row] = await rows(this.desktop.url, 1, 20)
    if (!row) throw new Error('the replica is empty')
    const { id: organization, network } = row
    await send(this.desktop.url, [update(row, { acronym: 'SINRED' })])
    const fields = { organization, name: 'Rosa Ñaupari', phones: ['+51987654321'], position: 'Tesorera' }
    await send(this.desktop.url, [{ kind: 'create', collection: 'contact', network, fields }])
    await until(
      async () => (await status(this.desktop)).last_error,
      (e) => e.toBeTruthy(),
    )
  }

  async #mend(): Promise<void> {
    this.#cable.mend()
    await fetch(`${this.desktop.url}/api/sync`, { method: 'POST', headers: { 'X-Acopio': '1' } })
  }
}

/** Waits for something to be as expected; hooks have no expect.poll. */
const until = <T>(what: () => Promise<T>, is: (found: ReturnType<typeof expect<T>>) => void) =>
  vi.waitFor(async () => is(expect(await what())), { timeout: 40_000, interval: 100 })

const update = (row: Row, fields: Record<string, unknown>) => ({
  kind: 'update',
  collection: 'organization',
  network: row.network,
  id: row.id,
  fields,
})

async function rows(url: string, limit: number, offset: number): Promise<Row[]> {
  const answer = await fetch(
    `${url}/api/records/organization?network=PE&limit=${limit}&offset=${offset}&sort=name`,
  )
  return ((await answer.json()) as Listed).records
}

async function status(
  desktop: Desktop,
): Promise<{ state: string; pending: number; rejected: number; last_error?: unknown }> {
  return (await fetch(`${desktop.url}/api/sync`)).json() as ReturnType<typeof status>
}

/** Changes something on a laptop. */
async function send(url: string, edits: unknown[]): Promise<void> {
  const headers = { 'X-Acopio': '1', 'Content-Type': 'application/json' }
  const answer = await fetch(`${url}/api/edits`, { method: 'POST', headers, body: JSON.stringify({ edits }) })
  expect(answer.status, await answer.text()).toBe(200)
}

/** Changes something in the office, as who is signed in there. */
async function post(office: Visitor, edits: unknown[]): Promise<void> {
  const answer = await office.context.request.post(`${office.url}/api/edits`, {
    headers: { 'X-Acopio': '1' },
    data: { edits },
  })
  expect(answer.status(), await answer.text()).toBe(200)
}
