/** For the pointer's coming and going: while it is over a text that is cut off, the text says all of itself. */
export function tellWhole(e: PointerEvent): void {
  const text = (e.target as Element).closest<HTMLElement>('.truncate')
  if (!text) return
  if (e.type === 'pointerover' && text.scrollWidth > text.clientWidth) text.title = text.textContent
  else text.removeAttribute('title')
}
