type Library = typeof import('./echarts')

let loading: Promise<Library> | undefined

/** The chart library, which is large and comes when a chart is first shown. */
export function library(): Promise<Library> {
  loading ??= import('./echarts').catch((thrown: unknown) => {
    loading = undefined
    throw thrown
  })
  return loading
}
