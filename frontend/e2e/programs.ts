import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server as Listener, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)
const bin = resolve(process.env.ACOPIO_BIN ?? '../build/bin')
const startLimitMs = 30_000

export const people = {
  admin: 'admin@demo.example',
  office: 'office@demo.example',
  coordinator: 'coordinacion@demo.example',
  field: 'ana.campo@demo.example',
  viewer: 'lectura@demo.example',
}
export const password = 'acopio-demo-2026'

const folder = () => mkdtempSync(join(tmpdir(), 'acopio-e2e-'))

/** A program that serves HTTP on a port of its own choice, ended by its process id. */
class Program {
  url = ''
  #process: ChildProcess | undefined
  #log = ''

  constructor(
    private name: string,
    private args: string[],
  ) {}

  /** Starts it and waits for the line with its address. */
  async start(): Promise<void> {
    const child = spawn(join(bin, this.name), this.args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    child.stderr.on('data', (chunk: Buffer) => (this.#log = (this.#log + String(chunk)).slice(-20_000)))
    const address = new Promise<string>((found, failed) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const match = /https?:\/\/127\.0\.0\.1:\d+/.exec(line)
        if (match) found(match[0])
      })
      child.once('error', failed)
      child.once('exit', (code) => failed(new Error(`${this.name} ended with ${code}\n${this.#log}`)))
      setTimeout(() => failed(new Error(`${this.name} did not start\n${this.#log}`)), startLimitMs).unref()
    })
    this.url = await address
  }

  /** The first match of a pattern in what it said on stderr. */
  async said(pattern: RegExp): Promise<string> {
    for (let i = 0; i < 100; i++) {
      const found = pattern.exec(this.#log)?.[0]
      if (found) return found
      await new Promise((r) => setTimeout(r, 50))
    }
    throw new Error(`${this.name} did not say ${pattern.source}\n${this.#log}`)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await ended
    this.#process = undefined
  }
}

/** A server with the demo network, on a data folder of its own or on one that has a register already. */
export class Server {
  #program = new Program('acopio-server', [])

  constructor(readonly data = folder()) {}

  get url(): string {
    return this.#program.url
  }

  /** Where the first administrator is created, on a server without a demo. */
  setupLink = ''

  async start(demo = true): Promise<void> {
    if (demo) await run(join(bin, 'acopio-server'), ['demo', '--data', this.data])
    await this.resume('127.0.0.1:0')
    if (!demo) this.setupLink = await this.#program.said(/http\S+#\/setup\/\S+/)
  }
  /** Starts it again where it was. */
  async resume(listen = new URL(this.url).host): Promise<void> {
    this.#program = new Program('acopio-server', ['serve', '--data', this.data, '--listen', listen])
    await this.#program.start()
  }
  async pause(): Promise<void> {
    await this.#program.stop()
  }
  async deviceCode(email: string): Promise<string> {
    const { stdout } = await run(join(bin, 'acopio-server'), [
      'device',
      'code',
      '--user',
      email,
      '--data',
      this.data,
      '--json',
    ])
    return (JSON.parse(stdout) as { code: string }).code
  }
  async addNetwork(code: string, name: string, country: string): Promise<void> {
    await run(join(bin, 'acopio-server'), [
      'network',
      'add',
      code,
      '--name',
      name,
      '--country',
      country,
      '--data',
      this.data,
    ])
  }
  async close(): Promise<void> {
    await this.#program.stop()
    rmSync(this.data, { recursive: true, force: true })
  }
}

/** The window's interface and its replica, served to a browser. */
export class Desktop {
  readonly data = folder()
  #program = new Program('acopio', ['serve-ui', '--data', this.data])

  get url(): string {
    return this.#program.url
  }
  async start(): Promise<void> {
    await this.#program.start()
  }
  async stop(): Promise<void> {
    await this.#program.stop()
  }
  /** Ends it, and has it not switched on for some days: all its times move back by as much. */
  async leave(days: number): Promise<void> {
    await this.stop()
    const file = join(this.data, 'device.json')
    const state = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
    for (const name of ['contact', 'latest', 'last_success', 'last_attempt'])
      state[name] = (state[name] ?? 0) - days * 86_400_000
    writeFileSync(file, JSON.stringify(state))
  }
  async enroll(server: Server, email: string, name: string, address = server.url): Promise<void> {
    const code = await server.deviceCode(email)
    await run(join(bin, 'acopio'), [
      'enroll',
      '--data',
      this.data,
      '--server',
      address,
      '--code',
      code,
      '--name',
      name,
    ])
  }
  async close(): Promise<void> {
    await this.#program.stop()
    rmSync(this.data, { recursive: true, force: true })
  }
}

/** The cable between a laptop and the server: it can be cut and mended. */
export class Cable {
  url = ''
  #ends = new Set<Socket>()
  #listener: Listener | undefined
  #whole = true

  async lay(server: Server): Promise<void> {
    const listener = createServer((near) => {
      if (!this.#whole) return near.destroy()
      const to = new URL(server.url)
      const far = connect(Number(to.port), to.hostname)
      for (const end of [near, far]) {
        this.#ends.add(end)
        end.on('error', () => end.destroy())
        end.on('close', () => {
          this.#ends.delete(end)
          near.destroy()
          far.destroy()
        })
      }
      near.pipe(far).pipe(near)
    })
    this.#listener = listener
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
    const address = listener.address()
    this.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }
  cut(): void {
    this.#whole = false
    this.#ends.forEach((end) => end.destroy())
  }
  mend(): void {
    this.#whole = true
  }
  close(): void {
    this.cut()
    this.#listener?.close()
  }
}
