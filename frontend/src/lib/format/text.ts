import { m } from '$lib/paraglide/messages'

/** Text as it is compared: without accents, case or doubled blanks. */
export function fold(s: string): string {
  return s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** Characters as they are compared: a list asks for the same few thousands of times. */
const folds = new Map<string, string>()

function foldCharacter(c: string): string {
  let folded = folds.get(c)
  if (folded === undefined) folds.set(c, (folded = fold(c)[0] ?? ' '))
  return folded
}

/** The stretches of a text that a search found, for showing them. */
export function highlight(text: string, q: string): { text: string; hit: boolean }[] {
  const chars = [...text]
  // Folding one character at a time keeps positions; a character that folds to several counts as its first.
  const folded = chars.map(foldCharacter).join('')
  const words = wordsOf(q).filter((w) => folded.includes(w))
  if (words.length === 0) return [{ text, hit: false }]
  const marks = new Array<boolean>(chars.length).fill(false)
  for (const w of words) {
    for (let at = folded.indexOf(w); at >= 0; at = folded.indexOf(w, at + 1))
      marks.fill(true, at, at + w.length)
  }
  const out: { text: string; hit: boolean }[] = []
  chars.forEach((c, i) => {
    const hit = marks[i] ?? false
    const last = out.at(-1)
    if (last && last.hit === hit) last.text += c
    else out.push({ text: c, hit })
  })
  return out
}

let latest: { q: string; words: string[] } = { q: '', words: [] }

/** The words of a search; every cell of a list asks for those of the same one. */
function wordsOf(q: string): string[] {
  if (latest.q !== q) latest = { q, words: fold(q).split(' ').filter(Boolean) }
  return latest.words
}

/** What the register keeps as the computer of who edits in the office's browser. */
const consoleName = 'Consola'

/** Who changed something and on which computer, "Ana · Laptop de Ana" or one of the two; the console by its name here. */
export const author = (said: string): string =>
  said
    .split(' · ')
    .map((part) => (part === consoleName ? m.console_name() : part))
    .join(' · ')
