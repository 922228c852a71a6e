package station

import "runtime/debug"

// Frugal is for programs that run on laptops, which are old and have little memory: garbage is collected when the heap has
// grown by half rather than doubled. It costs some time of a first sync and a quarter of the memory that one takes.
func Frugal() { debug.SetGCPercent(50) }
