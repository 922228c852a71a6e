package admin

import (
	"net/http"

	"acopio/shared/clock"
)

// recoveryView is what came back after the last restore, as the console shows it.
type recoveryView struct {
	Restored clock.Millis     `json:"restored"`
	Backup   clock.Millis     `json:"backup"` // of its newest change; 0 when it was empty
	Edits    int              `json:"edits"`
	Records  int              `json:"records"`
	Devices  []recoveryDevice `json:"devices"`
	Waiting  []waitingDevice  `json:"waiting"`
}

// recoveryDevice is what one laptop gave back.
type recoveryDevice struct {
	Name    string       `json:"name"`
	User    string       `json:"user"`
	Edits   int          `json:"edits"`
	Records int          `json:"records"`
	Last    clock.Millis `json:"last"`
}

// waitingDevice is a laptop that has not been here since the restore, and may have more.
type waitingDevice struct {
	Name     string       `json:"name"`
	User     string       `json:"user"`
	LastSeen clock.Millis `json:"last_seen"`
}

func (c *console) recovery(_ http.ResponseWriter, r *http.Request) (any, error) {
	s, err := c.Recovery.Summary(r.Context())
	if err != nil || s == nil {
		return map[string]any{"recovery": nil}, err
	}
	v := recoveryView{
		Restored: s.Restored, Backup: s.Backup, Edits: s.Edits, Records: s.Records,
		Devices: make([]recoveryDevice, len(s.Devices)), Waiting: []waitingDevice{},
	}
	for i, d := range s.Devices {
		v.Devices[i] = recoveryDevice{d.Name, d.User, d.Edits, d.Records, d.Last}
	}
	devices, err := c.auth.Devices(r.Context())
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		if !d.Revoked && max(d.CreatedAt, d.LastSeen) < s.Restored {
			v.Waiting = append(v.Waiting, waitingDevice{d.Name, d.Owner.Name, d.LastSeen})
		}
	}
	return map[string]any{"recovery": v}, nil
}
