package station

import (
	"strconv"

	"acopio/desktop/device"
	"acopio/shared/clock"
	"acopio/shared/fault"
)

// lookInterval is how often a clock that goes forward is noted on the disk.
const lookInterval = clock.Millis(10 * 60 * 1000)

// Lease is where this computer's lease stands now, by a clock that is noted when it has gone forward for a while, or back.
func (s *Station) Lease() device.Lease {
	now, d := clock.MillisOf(s.cfg.Clock.Now()), s.Device()
	if d.Lease > 0 && (now < d.Seen || now-d.Seen >= lookInterval) {
		if err := s.state.Update(func(d *device.State) { d.Look(now) }); err != nil {
			s.cfg.Log.Warn().Err(err).Msg("the device's state was not written")
		}
		d = s.Device()
	}
	return d.LeaseAt(now)
}

// Refusal is why the register may be neither read nor edited now: fault.DeviceWiped, fault.DeviceRevoked where everything
// was handed in and is gone, or fault.LeaseExpired until there is contact. It is nil while it may, and on a computer that
// was never enrolled, where there is nothing to read.
func (s *Station) Refusal() error {
	if s.Wiped() != nil {
		return fault.New(fault.DeviceWiped)
	}
	if d := s.Device(); d.Revoked && d.Parted {
		return fault.New(fault.DeviceRevoked)
	}
	if l := s.Lease(); l.Expired {
		return fault.New(fault.LeaseExpired, "days", strconv.Itoa(l.Days))
	}
	return nil
}
