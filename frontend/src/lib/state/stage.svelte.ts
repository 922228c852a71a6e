/** How large the place is that screens are shown in: what they can count on before they are drawn. */
class StageSize {
  width = $state(0)
  height = $state(0)
}

export const stage = new StageSize()
