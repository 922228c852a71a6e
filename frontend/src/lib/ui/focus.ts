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

/** As an attachment: the first field of a form has the focus when it appears. */
export function focusFirst(form: HTMLElement): void {
  form.querySelector<HTMLElement>('input, textarea')?.focus()
}
