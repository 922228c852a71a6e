package admin

import (
	"net/http"
	"slices"

	"acopio/server/auth"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

// deviceView is a device as the console shows it.
type deviceView struct {
	ID        string       `json:"id"`
	Number    uint32       `json:"number"`
	Name      string       `json:"name"`
	User      string       `json:"user"` // e-mail
	UserName  string       `json:"user_name"`
	Networks  []string     `json:"networks"`
	Version   string       `json:"version"`
	Platform  string       `json:"platform"`
	CreatedAt clock.Millis `json:"created_at"`
	LastSeen  clock.Millis `json:"last_seen"`
	Online    bool         `json:"online"`
	Pending   int64        `json:"pending"`
	Revoked   bool         `json:"revoked"`
	HandedIn  clock.Millis `json:"handed_in"` // the last of its edits, after it was shut out; 0 for never
	Proposals int64        `json:"proposals"` // edits that it handed in
	Wipe      *auth.Wipe   `json:"wipe"`      // null: it was not ordered
}

func (c *console) listDevices(_ http.ResponseWriter, r *http.Request) (any, error) {
	devices, err := c.auth.Devices(r.Context())
	if err != nil {
		return nil, err
	}
	networks, err := c.Networks.Networks(r.Context())
	if err != nil {
		return nil, err
	}
	wipes, err := c.auth.Wipes(r.Context())
	if err != nil {
		return nil, err
	}
	codes := codesOf(networks)
	out := make([]deviceView, len(devices))
	for i, d := range devices {
		out[i] = deviceView{
			ID: d.ID, Number: d.Number, Name: d.Name, User: d.Owner.Email, UserName: d.Owner.Name,
			Networks: auth.Principal{User: d.Owner, Device: d.Device}.Networks(codes),
			Version:  d.Version, Platform: d.Platform, CreatedAt: d.CreatedAt, LastSeen: d.LastSeen,
			Online: c.Online != nil && c.Online(d.ID), Pending: d.Pending, Revoked: d.Revoked,
			HandedIn: d.HandedIn, Proposals: d.Edits,
		}
		if w, ok := wipes[d.ID]; ok {
			out[i].Wipe = &w
		}
	}
	return map[string]any{"devices": out}, nil
}

func (c *console) revokeDevice(_ http.ResponseWriter, r *http.Request) (any, error) {
	return nil, c.auth.Revoke(r.Context(), actorOf(r).Actor(), r.PathValue("id"))
}

// wipeDevice orders a device to delete all it holds. The body repeats the device's name, since an order cannot be taken
// back; nobody gives one to somebody of a role above their own.
func (c *console) wipeDevice(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		Name   string
		AtOnce bool `json:"at_once"`
	}](r)
	if err != nil {
		return nil, err
	}
	devices, err := c.auth.Devices(r.Context())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(devices, func(d auth.DeviceOf) bool { return d.ID == r.PathValue("id") })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "what", r.PathValue("id"))
	}
	if !actorOf(r).Role().AtLeast(devices[i].Owner.Role) {
		return nil, fault.New(fault.NotAllowed, "what", string(devices[i].Owner.Role))
	}
	if in.Name != devices[i].Name {
		return nil, fault.New(fault.BadRequest, "detail", "name")
	}
	return nil, c.auth.OrderWipe(r.Context(), actorOf(r).Actor(), devices[i].ID, in.AtOnce)
}

// makeCode makes an enrollment code for somebody. Whoever holds it acts as that person, so that nobody makes one for
// a role above their own.
func (c *console) makeCode(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct{ User string }](r)
	if err != nil {
		return nil, err
	}
	u, err := c.auth.UserByEmail(r.Context(), in.User)
	if err != nil {
		return nil, err
	}
	if !actorOf(r).Role().AtLeast(u.Role) {
		return nil, fault.New(fault.NotAllowed, "what", string(u.Role))
	}
	code, expires, err := c.auth.DeviceCode(r.Context(), actorOf(r).Actor(), u.Email, c.CodeLife)
	return codeView{code, expires}, err
}

type codeView struct {
	Code    string       `json:"code"`
	Expires clock.Millis `json:"expires"`
}

// enrolledView is what a laptop gets for its code. The token is told this once.
type enrolledView struct {
	Device     enrolledDevice    `json:"device"`
	Token      string            `json:"token"`
	User       enrolledUser      `json:"user"`
	Networks   []api.NetworkView `json:"networks"`
	ServerTime clock.Millis      `json:"server_time"`
	Server     string            `json:"server"`
	Key        []byte            `json:"key"` // by which the laptop knows the server's orders
}

type enrolledDevice struct {
	ID     string `json:"id"`
	Number uint32 `json:"number"`
	Name   string `json:"name"`
}

type enrolledUser struct {
	Name  string      `json:"name"`
	Email string      `json:"email"`
	Role  schema.Role `json:"role"`
}

// enroll answers a laptop, not a browser: the code is all the authority there is, so that no cookie can be abused.
func (c *console) enroll(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := readAny[struct{ Code, Name, Platform, Version, Request string }](r)
	if err != nil {
		return nil, err
	}
	e, err := c.auth.Enroll(r.Context(), auth.Enrollment{
		Code: in.Code, Name: in.Name, Platform: in.Platform, Version: in.Version, Request: in.Request, Address: c.address(r),
	})
	if err != nil {
		return nil, err
	}
	networks, err := c.networksOf(r.Context(), e.Principal)
	if err != nil {
		networks = []api.NetworkView{} // the code is spent: the token must arrive; the first sync tells the networks
	}
	return enrolledView{
		Device: enrolledDevice{e.Device.ID, e.Device.Number, e.Device.Name}, Token: e.Token,
		User:     enrolledUser{e.User.Name, e.User.Email, e.User.Role},
		Networks: networks, ServerTime: clock.MillisOf(c.Clock.Now()), Server: "Acopio", Key: c.auth.PublicKey(),
	}, nil
}
