package e2e

import (
	"net/http"
	"strconv"
	"testing"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// A server that laptops push to is ready: the console shows what they sent as soon as somebody looks.
func TestReadyWhileLaptopsPush(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	c := s.caller("ana@red.example", s.url)
	defer c.drop()
	for i := range 20 {
		_, err := c.push(newMutation(t, record.Create, record.NewID(), 0, map[string][2]schema.Value{"name": {nil, "Cooperativa " + strconv.Itoa(i)}}))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Get(s.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("right after push %d: %s", i, resp.Status)
		}
	}
}
