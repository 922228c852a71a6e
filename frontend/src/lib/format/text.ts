/** Text as it is compared: without accents, case or doubled blanks. */
export function fold(s: string): string {
  return s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** The stretches of a text that a search found, for showing them. */
export function highlight(text: string, q: string): { text: string; hit: boolean }[] {
  const words = fold(q).split(' ').filter(Boolean)
  if (words.length === 0) return [{ text, hit: false }]
  // Folding one character at a time keeps positions; a character that folds to several counts as its first.
  const folded = [...text].map((c) => fold(c)[0] ?? ' ').join('')
  const chars = [...text]
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
