const names: Record<string, string> = { windows: 'Windows', linux: 'Linux', darwin: 'macOS' }

/** A device's operating system, as people call it, of what it says of itself: "windows/amd64". */
export const system = (platform: string): string => names[platform.split('/')[0] ?? ''] ?? platform
