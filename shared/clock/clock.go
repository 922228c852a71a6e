// Package clock gives time to everything that needs it, so that tests and the simulator can own it. Times on
// the wire and in records are Millis; a laptop's clock is advisory and is corrected by the offset measured
// against the server before it decides anything.
package clock

import "time"

// Clock tells the time. It is injected everywhere; only this package calls time.Now.
type Clock interface {
	Now() time.Time
}

// System is the machine's own clock.
type System struct{}

// Now is the current time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// Millis counts milliseconds since 1970 in UTC.
type Millis int64

// MillisOf converts a time.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time converts back, in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// MaxFutureSkew bounds how far ahead of the server a corrected edit time may lie.
const MaxFutureSkew = Millis(60 * 1000)

// earliest is before any real edit: 2020-01-01.
const earliest = Millis(1577836800000)

// Correct turns the time a device wrote on an edit into server time: the device's measured offset (server minus
// device) is added and the result is clamped to a sane range ending shortly after the server's now.
func Correct(edited, offset, serverNow Millis) Millis {
	t := edited + offset
	if t > serverNow+MaxFutureSkew {
		return serverNow
	}
	if t < earliest {
		return earliest
	}
	return t
}
