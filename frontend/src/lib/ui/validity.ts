import { count } from '$lib/format/number'
import { m } from '$lib/paraglide/messages'

type Checked = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

/** What is wrong with a value, in the interface's language: browsers say it in their own. */
export function complaint({
  validity: v,
  ...of
}: Pick<HTMLInputElement, 'validity' | 'type' | 'min' | 'max'>): string {
  if (v.valid) return ''
  if (v.valueMissing) return m.validity_missing()
  if (v.badInput) return m.validity_number()
  if (v.rangeUnderflow) return m.validity_min({ min: count(Number(of.min)) })
  if (v.rangeOverflow) return m.validity_max({ max: count(Number(of.max)) })
  if (v.stepMismatch) return m.validity_whole()
  if (v.typeMismatch) return of.type === 'url' ? m.validity_url() : m.validity_email()
  return m.validity_bad()
}

/** Has every form of the page complain in the interface's language. Returns how to stop it. */
export function speakValidity(page: Document): () => void {
  const invalid = ({ target }: Event) => {
    const field = target as Checked
    field.setCustomValidity('') // what was said before hides what is wrong now
    const { validity, type } = field
    const { min = '', max = '' } = field as Partial<HTMLInputElement>
    field.setCustomValidity(complaint({ validity, type, min, max }))
  }
  const changed = ({ target }: Event) => (target as Partial<Checked>).setCustomValidity?.('')
  page.addEventListener('invalid', invalid, true)
  page.addEventListener('input', changed, true)
  return () => {
    page.removeEventListener('invalid', invalid, true)
    page.removeEventListener('input', changed, true)
  }
}
