package service

import (
	"context"
	"regexp"
	"strings"

	"acopio/server/admin"
	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/store"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// NetworkSummary is where a network stands, as commands print it.
type NetworkSummary struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	Countries []string `json:"countries"`
	Seq       uint64   `json:"seq"`
	Checksum  string   `json:"checksum"`
	Records   uint64   `json:"records"`
}

var networkCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{0,15}$`)

var _ admin.Networks = (*Core)(nil)

// AddNetwork implements admin.Networks.
func (c *Core) AddNetwork(ctx context.Context, by auth.Principal, code, name string, countries []string) error {
	return c.CreateNetwork(ctx, by.User.Name, code, name, countries)
}

// CreateNetwork makes a network: its own record is the first in its feed. Without countries, a code that is a country's
// stands for it. It fails with fault.NetworkExists or the faults of its fields.
func (c *Core) CreateNetwork(ctx context.Context, by, code, name string, countries []string) error {
	code = strings.ToUpper(strings.TrimSpace(code))
	if !networkCode.MatchString(code) {
		return fault.New(fault.WrongType, "field", "code", "want", "A–Z, 0–9, - (≤ 16)", "got", code)
	}
	if len(countries) == 0 && schema.IsCountry(code) {
		countries = []string{code}
	}
	col, err := c.schema.Collection("network")
	if err != nil {
		return err
	}
	m := record.Mutation{
		Op: record.NewOpID(), Kind: record.Create, Edited: clock.MillisOf(c.clock.Now()),
		Key: record.Key{Network: code, Collection: col.Number, ID: draft.NetworkID(code)},
	}
	given := map[string]any{"created_at": int64(m.Edited), "code": code, "name": name, "countries": countries}
	for i := range col.Fields {
		f := &col.Fields[i]
		v, err := f.Normalize(given[f.Name])
		if err != nil {
			return err
		}
		if v != nil {
			m.Changes = append(m.Changes, record.Change{Field: f.Number, New: v})
		}
	}
	exists, err := c.hasNetwork(ctx, code)
	if err != nil {
		return err
	}
	if exists {
		return fault.New(fault.NetworkExists, "network", code)
	}
	verdicts, err := c.Engine.Submit(ctx, apply.Author{Device: apply.Server, UserName: by}, []record.Mutation{m})
	if err != nil {
		return err
	}
	if f := verdicts[0].Fault(); f != nil {
		return f
	}
	return nil
}

func (c *Core) hasNetwork(ctx context.Context, code string) (bool, error) {
	_, ok, err := c.Feed.Head(ctx, code)
	return ok, err
}

// RequireNetworks fails with fault.UnknownNetwork for a code that is no network's.
func (c *Core) RequireNetworks(ctx context.Context, codes []string) error {
	for _, code := range codes {
		ok, err := c.hasNetwork(ctx, code)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.UnknownNetwork, "network", code)
		}
	}
	return nil
}

// Networks implements admin.Networks.
func (c *Core) Networks(ctx context.Context) ([]api.NetworkView, error) {
	list, err := c.Summaries(ctx)
	out := make([]api.NetworkView, 0, len(list))
	for _, n := range list {
		out = append(out, api.NetworkView{Code: n.Code, Name: n.Name, Countries: n.Countries})
	}
	return out, err
}

// Summaries lists all networks by code.
func (c *Core) Summaries(ctx context.Context) ([]NetworkSummary, error) {
	out := []NetworkSummary{}
	err := c.Store.View(ctx, func(r store.Reader) error {
		heads, err := r.Heads()
		if err != nil {
			return err
		}
		for _, h := range heads {
			n, err := c.summary(r, h)
			if err != nil {
				return err
			}
			out = append(out, n)
		}
		return nil
	})
	return out, err
}

func (c *Core) summary(r store.Reader, h store.Head) (NetworkSummary, error) {
	n := NetworkSummary{
		Code: h.Network, Name: h.Network, Countries: []string{}, Seq: h.Seq,
		Checksum: h.Checksum(record.Everything).String(), Records: h.Records,
	}
	col, err := c.schema.Collection("network")
	if err != nil {
		return n, err
	}
	rec, err := r.Record(record.Key{Network: h.Network, Collection: col.Number, ID: draft.NetworkID(h.Network)})
	if err != nil || rec == nil {
		return n, err
	}
	named := rec.Named(col)
	if name, ok := named["name"].(string); ok {
		n.Name = name
	}
	if countries, ok := named["countries"].([]string); ok {
		n.Countries = countries
	}
	return n, nil
}
