export interface Notice {
  id: number
  text: string
  tone: 'plain' | 'good' | 'bad'
  since: number
  action?: { label: string; run: () => void }
}

const showMs = { plain: 6_000, good: 6_000, bad: 12_000 }
const most = 4
/** What was said so shortly before another screen came belongs to it as well. */
const justSaidMs = 1_000

/** Short sentences at the edge of the screen that go away by themselves. */
class Notices {
  #all = $state.raw<Notice[]>([])
  #next = 1
  #timers = new Map<number, ReturnType<typeof setTimeout>>()

  get all(): Notice[] {
    return this.#all
  }

  say(text: string, tone: Notice['tone'] = 'plain', action?: Notice['action']): number {
    const id = this.#next++
    this.#all = [...this.#all, { id, text, tone, since: Date.now(), ...(action ? { action } : {}) }].slice(
      -most,
    )
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), showMs[tone]),
    )
    return id
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
    this.#all = this.#all.filter((n) => n.id !== id)
  }

  /** Another screen has come: what was said about the one before is over, unless it went wrong. */
  leave(): void {
    const over = this.#all.filter((n) => n.tone !== 'bad' && Date.now() - n.since > justSaidMs)
    over.forEach((n) => this.dismiss(n.id))
  }

  /** Stops the clock while a person reads or reaches for the button. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id))
  }
  release(notice: Notice): void {
    clearTimeout(this.#timers.get(notice.id))
    this.#timers.set(
      notice.id,
      setTimeout(() => this.dismiss(notice.id), showMs[notice.tone]),
    )
  }
}

export const notices = new Notices()
