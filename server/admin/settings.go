package admin

import (
	"net/http"

	"acopio/server/auth"
)

// settingsView is what the office sets for all laptops.
type settingsView struct {
	LeaseDays     int `json:"lease_days"` // 0: a laptop may be away for any time
	MostLeaseDays int `json:"most_lease_days"`
}

func (c *console) showSettings(_ http.ResponseWriter, r *http.Request) (any, error) {
	days, err := c.auth.Lease(r.Context())
	return settingsView{days, auth.MostLeaseDays}, err
}

func (c *console) changeSettings(w http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		LeaseDays *int `json:"lease_days"`
	}](r)
	if err != nil {
		return nil, err
	}
	if in.LeaseDays != nil {
		if err := c.auth.SetLease(r.Context(), actorOf(r).Actor(), *in.LeaseDays); err != nil {
			return nil, err
		}
	}
	return c.showSettings(w, r)
}
