import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { vi } from 'vitest'
import { Visitor } from '../e2e/browser'
import { Desktop, Server } from '../e2e/programs'
import { install } from './recorder'

const tool = resolve('../build/tools/bench')

interface Row {
  id: string
  fields: { name: string; acronym?: string }
}

/** A laptop that has a large register from a server, and keeps it up to date. */
export class Register {
  readonly desktop = new Desktop()
  #server: Server | undefined

  async set(organizations: number): Promise<void> {
    const args = ['-register', String(organizations), '-dir', '../build/bench-ui']
    const { stdout } = await promisify(execFile)(tool, args)
    const { data, person } = JSON.parse(stdout) as { data: string; person: string }
    this.#server = new Server(data)
    await this.#server.resume('127.0.0.1:0')
    await this.desktop.enroll(this.#server, person, 'Laptop de prueba')
    await this.desktop.start()
    const there = async () => {
      const status = await this.ask<{ state: string }>('sync')
      const { total } = await this.list('', 1)
      if (status.state !== 'up_to_date' || total !== organizations)
        throw new Error(`${status.state}, ${total}`)
    }
    await vi.waitFor(there, { timeout: 240_000, interval: 500 })
  }

  async close(): Promise<void> {
    await this.desktop.close()
    await this.#server?.close()
  }

  async ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.desktop.url}/api/${path}`)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  /** What the list has to show: asked for after it has shown it, so that it finds nothing prepared. */
  list(q: string, limit: number, offset = 0): Promise<{ total: number; records: Row[] }> {
    const asked = new URLSearchParams({ limit: String(limit), offset: String(offset) })
    if (q) asked.set('q', q)
    else asked.set('sort', 'name')
    return this.ask(`records/organization?${asked.toString()}`)
  }

  /** The window's interface in a browser, whose frames are recorded. */
  visit(browser: Browser, place: string, looks: string[] = []): Promise<Visitor> {
    return Visitor.open(browser, `${this.desktop.url}/#/${place}`, {}, (context) =>
      context.addInitScript(install, looks),
    )
  }
}

/** As the interface shows a text: runs of spaces are one. */
export const shown = (text = '') => text.replace(/\s+/g, ' ').trim()
