package admin

import (
	"net/http"

	"acopio/server/auth"
)

// settingsView is what the office sets for all laptops.
type settingsView struct {
	LeaseDays     int `json:"lease_days"` // 0: a laptop may be away for any time
	MostLeaseDays int `json:"most_lease_days"`
	Deletions     int `json:"deletions"` // from one computer within a day, before the office is asked; 0: any number
	MostDeletions int `json:"most_deletions"`
}

func (c *console) showSettings(_ http.ResponseWriter, r *http.Request) (any, error) {
	days, err := c.auth.Lease(r.Context())
	if err != nil {
		return nil, err
	}
	deletions, err := c.auth.Deletions(r.Context())
	return settingsView{days, auth.MostLeaseDays, deletions, auth.MostDeletions}, err
}

func (c *console) changeSettings(w http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		LeaseDays *int `json:"lease_days"`
		Deletions *int `json:"deletions"`
	}](r)
	if err != nil {
		return nil, err
	}
	by := actorOf(r).Actor()
	if in.LeaseDays != nil {
		if err := c.auth.SetLease(r.Context(), by, *in.LeaseDays); err != nil {
			return nil, err
		}
	}
	if in.Deletions != nil {
		if err := c.auth.SetDeletions(r.Context(), by, *in.Deletions); err != nil {
			return nil, err
		}
	}
	return c.showSettings(w, r)
}
