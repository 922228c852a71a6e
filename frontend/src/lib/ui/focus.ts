/**
 * For a dialog's or popover's onOpenAutoFocus: its field has the focus at once, not a frame later, so that what is
 * typed right after opening it is not lost on a slow machine.
 */
export function focusAtOnce(field: () => HTMLElement | null): (e: Event) => void {
  return (e) => {
    e.preventDefault()
    field()?.focus({ preventScroll: true })
  }
}
