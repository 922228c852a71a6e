import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import { whenSignedOut } from '$lib/api/client'
import type { Network, Role, Session } from '$lib/api/types'
import { drafts } from './drafts'
import { preferences } from './preferences.svelte'
import { schema } from './schema.svelte'

const ranks: Record<Role, number> = { viewer: 1, field: 2, coordinator: 3, office: 4, admin: 5, nobody: 6 }

/** Who is using the register, on which host, and what they may do. */
class SessionState {
  #session = $state.raw<Session>()
  #fault = $state.raw<Fault>()

  get loaded(): boolean {
    return this.#session !== undefined
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get state(): Session['state'] | undefined {
    return this.#session?.state
  }
  get isWindow(): boolean {
    return this.#session?.host === 'desktop'
  }
  get isOffice(): boolean {
    return this.#session?.host === 'office'
  }
  get user(): Session['user'] {
    return this.#session?.user
  }
  get role(): Role {
    return this.#session?.user?.role ?? 'viewer'
  }
  get networks(): Network[] {
    return this.#session?.networks ?? []
  }
  get device(): Session['device'] {
    return this.#session?.device
  }
  /** The wipe that this computer obeyed. */
  get wiped(): Session['wiped'] {
    return this.#session?.wiped
  }
  get server(): string {
    return this.#session?.server ?? ''
  }
  get version(): string {
    return this.#session?.version ?? ''
  }

  may(least: Role): boolean {
    return ranks[this.role] >= ranks[least]
  }
  mayWrite(collection: string): boolean {
    const c = schema.collection(collection)
    return c !== undefined && !c.server_owned && this.may(c.write)
  }
  mayDelete(collection: string): boolean {
    const c = schema.collection(collection)
    return c !== undefined && this.may(c.delete)
  }

  /** Asks who we are; the schema comes along once there is something to show. */
  async load(): Promise<void> {
    this.#fault = undefined
    try {
      const [session] = await Promise.all([backend.session(), schema.load()])
      await this.#enter(session, schema.loaded)
    } catch (thrown) {
      this.#fault = faultOf(thrown)
    }
  }

  async enter(session: Session): Promise<void> {
    // What could be read before there was a session lacks the fields that networks added for themselves.
    await this.#enter(session, this.state === 'ready')
  }

  async #enter(session: Session, hasSchema: boolean): Promise<void> {
    preferences.suggest(session.lang)
    if (session.state === 'ready' && !hasSchema) await schema.load()
    if (session.state === 'ready' && session.host === 'desktop' && this.state !== 'ready')
      await drafts.restore()
    this.#session = session
  }

  /** Asks again, quietly: the networks came or changed. What it cannot learn now, it will with the next change. */
  async refresh(): Promise<void> {
    try {
      await this.enter(await backend.session())
    } catch {
      // what is known stands
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.enter(await backend.signIn(email, password))
  }
  async signOut(): Promise<void> {
    await backend.signOut()
    await this.load()
  }

  forget(): void {
    if (this.#session?.host === 'office') this.#session = { ...this.#session, state: 'sign_in' }
  }
}

export const session = new SessionState()
whenSignedOut(() => session.forget())
