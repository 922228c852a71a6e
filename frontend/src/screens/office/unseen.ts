import type { Device } from '$lib/api/types'

const dayMs = 86_400_000

/** Those with access that have not been seen for so many days; of a network, those that hold it. */
export function notSeen(devices: Device[], days: number, network = '', now = Date.now()): Device[] {
  return devices.filter(
    (d) =>
      !d.revoked &&
      !d.online &&
      now - d.last_seen > days * dayMs &&
      (!network || !d.networks?.length || d.networks.includes(network)),
  )
}

/** For how long devices are told not to have been seen. */
export const unseenDays = [7, 30, 90]
