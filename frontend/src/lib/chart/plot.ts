/** A number and the list behind it. */
export interface Figure {
  value: number
  href: string
}

export interface Series {
  name: string
  /** One for each category. */
  figures: Figure[]
  /** The number as people read it. */
  say: (value: number) => string
  line?: boolean
}

/** What a chart draws and a table tells: the same figures. */
export interface Plot {
  /** What the categories are. */
  head: string
  categories: string[]
  series: Series[]
  /** Of all categories together, one for each series: told, not drawn. */
  total?: Figure[]
  /** Bars that lie: for categories with long names. */
  sideways?: boolean
}

/** Whether there is anything to see. */
export const isBare = (plot: Plot): boolean => plot.series.every((s) => s.figures.every((f) => f.value === 0))

/** The figures in a sentence, for whoever does not see the chart. */
export function inWords(plot: Plot, most = 12): string {
  return plot.categories
    .slice(-most)
    .map((category, i, shown) => {
      const at = plot.categories.length - shown.length + i
      const values = plot.series.map((s) => `${s.name} ${s.say(s.figures[at]?.value ?? 0)}`)
      return `${category}: ${values.join(', ')}`
    })
    .join('; ')
}
