import type { EChartsCoreOption } from 'echarts/core'
import { decimal } from '$lib/format/number'
import type { Plot, Series } from './plot'

/** So many pixels a lying bar takes. */
const barHeight = 30
const standingHeight = 250

export const heightOf = (plot: Plot): number =>
  plot.sideways ? Math.max(120, plot.categories.length * barHeight + 24) : standingHeight

const font = "'Source Sans 3 Variable', system-ui, sans-serif"
const text = { color: 'var(--ink-2)', fontFamily: font, fontSize: 12.5 }

/**
 * A chart of a plot. Its colors are the page's own variables, which SVG reads itself: a change of theme, and paper,
 * need no drawing anew.
 */
export function optionOf(plot: Plot): EChartsCoreOption {
  const categories = {
    type: 'category',
    data: plot.categories,
    inverse: plot.sideways ?? false,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: 'var(--line-strong)' } },
    axisLabel: { ...text, ...(plot.sideways ? { width: 150, overflow: 'truncate', interval: 0 } : {}) },
  }
  const values = {
    type: 'value',
    minInterval: 1,
    splitNumber: 4,
    splitLine: { lineStyle: { color: 'var(--line)' } },
    axisLabel: { ...text, show: !plot.sideways, formatter: (n: number) => decimal(n, 0) },
  }
  return {
    animation: false,
    textStyle: text,
    grid: {
      left: 4,
      right: plot.sideways ? 56 : 8,
      top: plot.series.length > 1 ? 36 : 12,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    legend: {
      show: plot.series.length > 1,
      left: 0,
      top: 0,
      selectedMode: false,
      itemWidth: 12,
      itemHeight: 12,
      icon: 'roundRect',
      textStyle: text,
    },
    tooltip: {
      trigger: 'axis',
      confine: true,
      axisPointer: { type: 'shadow', shadowStyle: { color: 'var(--hover)', opacity: 0.7 } },
      backgroundColor: 'var(--surface)',
      borderColor: 'var(--line-strong)',
      textStyle: { ...text, color: 'var(--ink)' },
    },
    xAxis: plot.sideways ? values : categories,
    yAxis: plot.sideways ? categories : values,
    series: plot.series.map((s, i) => drawn(s, i, plot.sideways ?? false)),
  }
}

function drawn(s: Series, index: number, sideways: boolean) {
  const color = `var(--chart-${index + 1})`
  const common = {
    name: s.name,
    data: s.figures.map((f) => f.value),
    color,
    emphasis: { disabled: true },
    tooltip: { valueFormatter: (n: unknown) => s.say(Number(n)) },
  }
  if (s.line)
    return {
      ...common,
      type: 'line',
      z: 3,
      symbol: 'circle',
      symbolSize: 9,
      itemStyle: { color },
      lineStyle: { color, width: 2.5 },
    }
  return {
    ...common,
    type: 'bar',
    barMaxWidth: sideways ? 18 : 34,
    barGap: '12%',
    itemStyle: { color, borderRadius: sideways ? [0, 3, 3, 0] : [3, 3, 0, 0] },
    label: {
      show: sideways,
      position: 'right',
      formatter: ({ value }: { value: number }) => s.say(value),
      ...text,
      color: 'var(--ink)',
    },
  }
}
