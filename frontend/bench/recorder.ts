/** What a page showed in one of its frames: for each thing looked at, its texts. */
export interface Frame {
  at: number
  seen: string[][]
}

export interface Recording {
  /** When the key was pressed by the event's own time, or the page opened; milliseconds since 1970. */
  began: number
  /** What was seen before. */
  before: string[][]
  frames: Frame[]
  /** When the last answer to a request was whole. */
  answered: number
}

export interface Recorder {
  watch(looks: string[]): void
  recording(quiet: number): Promise<Recording>
  scroll(): () => Scrolled
}

export interface Scrolled {
  /** From each frame to the next, in milliseconds. */
  frames: number[]
  /** In how many of them a row in view had no content yet. */
  blank: number
}

declare global {
  interface Window {
    recorder: Recorder
  }
}

/**
 * Runs in the page before anything of its own. A look is a selector, or selector@attribute. What is shown is read within
 * the frame that paints it and stamped when the frame is through, so that nothing counts as seen before it is painted.
 */
export function install(atOnce: string[]): void {
  let looks = atOnce
  let before: string[][] = []
  let frames: Frame[] = []
  let began = performance.timeOrigin
  let awaitsKey = false
  let awaitsFrame = false
  let pending = 0
  let last = performance.now()

  const look = (what: string) => {
    const [selector = '', attribute = ''] = what.split('@')
    const texts = [...document.querySelectorAll(selector)].map((element) =>
      attribute ? element.getAttribute(attribute) : element.textContent,
    )
    return texts.map((text) => (text ?? '').replace(/\s+/g, ' ').trim())
  }
  const seen = () => looks.map(look)

  const changed = () => {
    last = performance.now()
    if (awaitsFrame || looks.length === 0) return
    awaitsFrame = true
    requestAnimationFrame(() => {
      awaitsFrame = false
      const frame = { at: 0, seen: seen() }
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        frame.at = performance.timeOrigin + performance.now()
        frames.push(frame)
      }
      port2.postMessage(0)
    })
  }
  new MutationObserver(changed).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  })

  const underWay = async <T>(what: Promise<T>) => {
    pending++
    try {
      return await what
    } finally {
      pending--
      last = performance.now()
    }
  }
  const fetch = window.fetch
  window.fetch = (...request) => underWay(fetch(...request))
  const text = Response.prototype.text
  Response.prototype.text = function () {
    return underWay(text.call(this))
  }

  const pressed = (e: KeyboardEvent) => {
    if (!awaitsKey) return
    awaitsKey = false
    began = performance.timeOrigin + e.timeStamp
  }
  window.addEventListener('keydown', pressed, true)

  const answered = () => {
    const calls = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    return performance.timeOrigin + Math.max(0, ...calls.map((c) => c.responseEnd))
  }

  window.recorder = {
    watch(what) {
      looks = what
      before = seen()
      frames = []
      awaitsKey = true
      last = performance.now()
      performance.clearResourceTimings()
    },
    recording: (quiet) =>
      new Promise((done) => {
        const timer = setInterval(() => {
          if (pending > 0 || awaitsFrame || performance.now() - last < quiet) return
          clearInterval(timer)
          done({ began, before, frames, answered: answered() })
        }, 20)
      }),
    scroll() {
      const found: Scrolled = { frames: [], blank: 0 }
      let previous = 0
      let going = true
      const grid = document.querySelector('[role=grid]')?.getBoundingClientRect()
      const blank = () => {
        if (!grid) return false
        return [...document.querySelectorAll('[aria-busy=true]')].some((cell) => {
          const { top, bottom } = cell.getBoundingClientRect()
          return bottom > grid.top && top < grid.bottom
        })
      }
      const frame = (at: number) => {
        if (previous) found.frames.push(at - previous)
        previous = at
        if (blank()) found.blank++
        if (going) requestAnimationFrame(frame)
      }
      requestAnimationFrame(frame)
      return () => {
        going = false
        return found
      }
    },
  }
}
