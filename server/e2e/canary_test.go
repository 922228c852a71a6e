package e2e

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"acopio/shared/columns"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// ear keeps every byte that a device received through its proxy, as it traveled and, of frames, unpacked.
type ear struct {
	t     *testing.T
	mu    sync.Mutex
	heard bytes.Buffer
}

func (e *ear) tap() *tap {
	return &tap{message: e.message, raw: func(fromServer bool, b []byte) {
		if fromServer {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.heard.Write(b)
		}
	}}
}

func (e *ear) message(fromServer bool, m []byte) {
	if !fromServer {
		return
	}
	kind, payload, err := protocol.Split(m)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.t.Errorf("a frame that nobody can read: %v", err)
		return
	}
	e.heard.Write(payload)
	if kind != protocol.TypePage {
		return
	}
	page, err := protocol.Decode[protocol.Page](payload)
	if err == nil {
		err = columns.Unpack(page.Packed, func(r protocol.Record) bool { e.heard.Write(r.Body); return true })
	}
	if err != nil {
		e.t.Error(err)
	}
}

// in reports whether any of the words came, in whatever case.
func (e *ear) in(words ...string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return found(e.heard.Bytes(), words)
}

func found(b []byte, words []string) string {
	b = bytes.ToLower(b)
	for _, w := range words {
		if i := bytes.Index(b, []byte(strings.ToLower(w))); i >= 0 {
			return string(b[max(0, i-30):min(len(b), i+60)])
		}
	}
	return ""
}

// keeps is where a word stands in any file of a laptop's folder.
func (l *laptop) keeps(words ...string) (where string) {
	l.t.Helper()
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if s := found(b, words); s != "" {
			where = path + ": " + s
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return where
}

// What stands in records that some may not see: of another network, and of what viewers are not given.
const (
	exiled  = "exiliado"
	private = "reservadisimo"
	phone   = "987654321"
	open    = "a la vista"
)

// canaries is a server with records of PE and BO, of which some people see only a part.
type canaries struct {
	*server
	office            *laptop
	org, contact, far string // open in PE, private in PE, of BO
}

func newCanaries(t *testing.T) *canaries {
	c := &canaries{server: newServer(t)}
	for _, code := range []string{"PE", "BO"} {
		c.network(code)
	}
	c.user("jefa@red.example", "admin")
	c.user("luis@red.example", "field", "PE")
	c.user("ver@red.example", "viewer", "PE")
	c.office = c.laptop("jefa@red.example", "Oficina")
	c.office.sync()
	c.fill("uno")
	return c
}

// fill makes records of every kind, changes some, and deletes some.
func (c *canaries) fill(mark string) {
	o := c.office
	c.org = o.create("organization", "PE", "name=Cooperativa "+open+" "+mark)
	c.contact = o.create("contact", "PE", "name="+private+" "+mark, "organization="+c.org, "phones=+51"+phone, "notes="+private)
	o.create("interaction", "PE", "organization="+c.org, "kind=visit", "date=2026-02-01", "participants="+private)
	o.create("census", "PE", "organization="+c.org, "year=2024", "source=network", "members_total=7", "declared_by="+private)
	c.far = o.create("organization", "BO", "name="+exiled+" "+mark, "notes="+exiled)
	gone := o.create("organization", "BO", "name="+exiled+" borrado")
	o.sync()
	o.ok("set", "contact", c.contact, "notes="+private+" otra vez")
	o.ok("set", "organization", c.far, "notes="+exiled+" otra vez")
	o.ok("delete", "organization", gone)
	o.sync()
}

// TestCanaries: over real programs, what people may not see is in no byte that their laptop received, nor in any of its files:
// when it is filled, live, in histories, with its conflicts, and when it asks for what is not its own.
func TestCanaries(t *testing.T) {
	c := newCanaries(t)
	for email, never := range map[string][]string{"luis@red.example": {exiled}, "ver@red.example": {exiled, private, phone}} {
		t.Run(email, func(t *testing.T) {
			e := &ear{t: t}
			through := newProxy(t, c.listen, 1, e.tap())
			l := &laptop{t: t, dir: t.TempDir()}
			l.ok("enroll", "--server", through.url(), "--code", c.code(email), "--name", "Portátil")
			l.sync()
			live := c.caller(email, through.url())
			if err := live.connect(); err != nil {
				t.Fatal(err)
			}
			pages := make(chan struct{})
			go func() { // listens while things happen
				defer close(pages)
				for {
					if _, _, err := live.conn.ReadMessage(); err != nil {
						return
					}
				}
			}()
			c.fill("dos " + email)
			l.sync()
			l.run("history", "organization", c.org)
			l.run("history", "organization", c.far)
			l.run("history", "contact", c.contact)
			time.Sleep(200 * time.Millisecond)
			live.drop()
			<-pages
			c.pry(t, email, through)
			if e.in(open) == "" || l.keeps(open) == "" {
				t.Error("nothing came at all")
			}
			if s := e.in(never...); s != "" {
				t.Errorf("it received %q", s)
			}
			if s := l.keeps(never...); s != "" {
				t.Errorf("it keeps %q", s)
			}
			if email != "ver@red.example" && (e.in(private) == "" || l.keeps(phone) == "") {
				t.Error("what it may see did not come")
			}
		})
	}
	if got := c.office.keeps(exiled); got == "" {
		t.Error("the office has lost what the others tried to change")
	}
}

// pry asks for everything that a device has no right to, and tries to change it, in frames that no honest one sends.
func (c *canaries) pry(t *testing.T, email string, through *proxy) {
	t.Helper()
	before := c.checksum("BO")
	far, _ := record.ParseID(c.far)
	contact, _ := record.ParseID(c.contact)
	thief := c.caller(email, through.url())
	ask := func(kind protocol.Type, payload any) (kinds []protocol.Type) {
		if err := thief.connect(); err != nil {
			t.Fatal(err)
		}
		defer thief.drop()
		if err := thief.tell(kind, payload); err != nil {
			t.Fatal(err)
		}
		_ = thief.conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		for {
			_, frame, err := thief.conn.ReadMessage()
			if err != nil {
				return kinds
			}
			kinds = append(kinds, protocol.Type(frame[0]))
		}
	}
	for _, network := range []string{"BO", "", "bo", "PE\x00BO"} {
		for kind, payload := range map[protocol.Type]any{
			protocol.TypePull:    protocol.Pull{Network: network, MaxBytes: 1 << 20},
			protocol.TypeCompare: protocol.Compare{Network: network, Seq: 1, Lists: []protocol.RangeList{{}}},
		} {
			if kinds := ask(kind, payload); len(kinds) == 0 || kinds[len(kinds)-1] != protocol.TypeGoodbye {
				t.Errorf("frame %d about %q is answered with %v", kind, network, kinds)
			}
		}
		ask(protocol.TypeAskHistory, protocol.AskHistory{Query: 1, Network: network, Collection: 2, ID: far})
	}
	ask(protocol.TypeAskHistory, protocol.AskHistory{Query: 1, Network: "PE", Collection: 2, ID: far})
	ask(protocol.TypeAskHistory, protocol.AskHistory{Query: 1, Network: "PE", Collection: 8, ID: contact})
	c.meddle(t, email, thief, far)
	if after := c.checksum("BO"); after != before {
		t.Error("BO is changed")
	}
}

// meddle pushes changes of a record of another network, as edits and as an errand; of a viewer, of its own network too.
func (c *canaries) meddle(t *testing.T, email string, thief *caller, far record.ID) {
	t.Helper()
	rename := map[string][2]schema.Value{"name": {nil, "Robada"}}
	var all []record.Mutation
	for _, kind := range []record.Kind{record.Create, record.Update, record.Delete} {
		for _, network := range []string{"BO", "PE"} {
			m := newMutation(t, kind, far, 1, rename)
			m.Key.Network = network
			if kind == record.Create {
				m.Base = 0
				if network == "PE" {
					continue // an id is a network's own: this is another record
				}
			}
			if kind == record.Delete {
				m.Changes = nil
			}
			all = append(all, m)
		}
	}
	child := newMutation(t, record.Create, record.NewID(), 0, map[string][2]schema.Value{"name": {nil, "Hija"}, "parent": {nil, c.far}})
	all = append(all, child)
	var errand protocol.Errand
	for _, m := range all {
		v, err := thief.push(m)
		if err != nil || v.Status != record.Rejected {
			t.Errorf("%v in %s: %+v %v", m.Kind, m.Key.Network, v, err)
		}
		m.Op = record.NewOpID()
		errand.Mutations = append(errand.Mutations, protocol.FromMutation(schema.Registry(), m))
	}
	if strings.HasPrefix(email, "ver@") {
		m := newMutation(t, record.Create, record.NewID(), 0, rename)
		if v, err := thief.push(m); err != nil || v.Code != fault.NotAllowed {
			t.Errorf("a viewer writes: %+v %v", v, err)
		}
	}
	req, err := http.NewRequest(http.MethodPost, strings.Replace(strings.TrimSuffix(thief.url, protocol.Path), "ws", "http", 1)+protocol.ErrandPath,
		bytes.NewReader(protocol.Encode(protocol.TypeErrand, errand)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+thief.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the errand: %s %v", res.Status, err)
	}
	_, payload, err := protocol.Split(b)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := protocol.Decode[protocol.Receipt](payload)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range receipt.Outcomes {
		if all[i].Key.Network == "BO" && o.Code == "" {
			t.Errorf("%v of BO is handed in: %+v", all[i].Kind, o)
		}
	}
}
