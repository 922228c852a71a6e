import type { Role } from '$lib/api/types'
import { m } from '$lib/paraglide/messages'

export const roles: Role[] = ['viewer', 'field', 'coordinator', 'office', 'admin']

export function roleName(role: Role): string {
  switch (role) {
    case 'viewer':
      return m.role_name_viewer()
    case 'field':
      return m.role_name_field()
    case 'coordinator':
      return m.role_name_coordinator()
    case 'office':
      return m.role_name_office()
    default:
      return m.role_name_admin()
  }
}

/** What a role may do, in a sentence. */
export function roleHelp(role: Role): string {
  switch (role) {
    case 'viewer':
      return m.role_viewer()
    case 'field':
      return m.role_field()
    case 'coordinator':
      return m.role_coordinator()
    case 'office':
      return m.role_office()
    default:
      return m.role_admin()
  }
}

/** Whether the role reaches every network without being given it. */
export const reachesAll = (role: Role): boolean => role === 'office' || role === 'admin'
