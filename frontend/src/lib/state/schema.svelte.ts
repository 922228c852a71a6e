import { backend } from '$lib/api/backend'
import { nameFieldsWith } from '$lib/api/client'
import type { Change, Changes, Collection, Field, Label } from '$lib/api/types'
import { live } from './live.svelte'
import { preferences } from './preferences.svelte'

/** The declared collections and fields: what forms, grids and histories are drawn from. */
class Schema {
  #collections = $state.raw<Collection[]>([])
  #byName = $derived(new Map(this.#collections.map((c) => [c.name, c])))

  get loaded(): boolean {
    return this.#collections.length > 0
  }

  /** Reads it. Without a session it lacks what networks added; it is read again once there is one. */
  async load(): Promise<void> {
    try {
      this.use((await backend.schema()).collections)
    } catch {
      // what is known stays
    }
  }

  /** Reads the fields again that networks add for themselves, whenever one is added or changed. */
  follow(): () => void {
    return live.follow(['field_definition'], () => {
      void backend.schema().then(
        (s) => this.use(s.collections),
        () => undefined, // what is known stays; the next change asks again
      )
    })
  }

  use(collections: Collection[]): void {
    this.#collections = collections
  }

  collection(name: string): Collection | undefined {
    return this.#byName.get(name)
  }

  field(collection: string, name: string): Field | undefined {
    return this.collection(collection)?.fields.find((f) => f.name === name)
  }

  /** A field, or a derived one: something that a list can show. */
  shown(collection: string, name: string): Field | undefined {
    return this.field(collection, name) ?? this.collection(collection)?.derived?.find((f) => f.name === name)
  }

  /** What a field of that name is called, in whichever collection has it. */
  labelOf(name: string): Label | undefined {
    for (const c of this.#collections) {
      const found = c.fields.find((f) => f.name === name)
      if (found) return found.label
    }
    return undefined
  }

  /** The fields that people see and edit; of a network's own, those of one network where one is given. */
  fields(collection: string, network = ''): Field[] {
    const of = (f: Field) => !f.network || !network || f.network === network
    return this.collection(collection)?.fields.filter((f) => !f.system && !f.retired && of(f)) ?? []
  }

  /** The collections whose records belong to a record of this one. */
  children(name: string): Collection[] {
    return this.#collections.filter((c) => {
      const parent = c.parent && c.fields.find((f) => f.name === c.parent)
      return parent && parent.target === name && !c.server_owned
    })
  }
}

export const schema = new Schema()

// Messages of the register speak of fields by their names in the schema, between quotation marks.
nameFieldsWith((message, name, collection) => {
  const label = say(schema.field(collection, name)?.label ?? schema.labelOf(name))
  return label
    ? message.replaceAll(/[«“]([a-z0-9_]+)[»”]/g, (all, n) => (n === name ? all.replace(name, label) : all))
    : message
})

/** A label in the person's language. */
export function say(label: Label | undefined): string {
  return label ? label[preferences.locale] || label.es : ''
}

/** What a collection is called. Names that the schema does not know are shown as they are. */
export function collectionName(name: string, plural = false): string {
  const c = schema.collection(name)
  return c ? say(plural ? c.plural : c.label) : name
}

export function fieldName(collection: string, name: string): string {
  return say(schema.field(collection, name)?.label) || name
}

/** The field that names a collection's records. */
export function titleField(collection: string): Field | undefined {
  return schema.field(collection, schema.collection(collection)?.title ?? '')
}

/** Changes in the order in which forms show their fields. */
export function inSchemaOrder(collection: string, changes: Changes): [string, Change][] {
  const order = schema.fields(collection).map((f) => f.name)
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  return Object.entries(changes).sort(([a], [b]) => place(a) - place(b))
}
