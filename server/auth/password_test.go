package auth

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"

	"acopio/shared/fault"
)

func TestHashing(t *testing.T) {
	h := newHasher(usualCost)
	hash := must[string](t)(h.hash(t.Context(), "contraseña larga"))
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=2,p=1$") || strings.Contains(hash, "larga") {
		t.Fatalf("hash is %s", hash)
	}
	for password, want := range map[string]bool{
		"contraseña larga":       true,
		"contrasen\u0303a larga": true, // the same, as macOS types it
		"contraseña larga ":      false,
		"":                       false,
	} {
		ok, stale, err := h.matches(t.Context(), hash, password)
		if err != nil || ok != want || stale {
			t.Errorf("%q: ok %v, stale %v, %v", password, ok, stale, err)
		}
	}
}

func TestHashesOfAnotherCostStillWork(t *testing.T) {
	old := newHasher(cheap)
	hash := must[string](t)(old.hash(t.Context(), goodPassword))
	h := newHasher(cost{memoryKiB: 128, passes: 1, threads: 1})
	ok, stale, err := h.matches(t.Context(), hash, goodPassword)
	if err != nil || !ok || !stale {
		t.Fatalf("ok %v, stale %v, %v", ok, stale, err)
	}
}

func TestDamagedHashesMatchNothing(t *testing.T) {
	h := newHasher(cheap)
	good := must[string](t)(h.hash(t.Context(), goodPassword))
	for _, hash := range []string{
		"", "$", "plain", h.decoy,
		strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "m=64", "m=4000000", 1),
		strings.Replace(good, "m=64", "m=0", 1),
		strings.Replace(good, "t=1", "t=999", 1),
		strings.Replace(good, "p=1", "p=0", 1),
		good[:len(good)-4],
		good + "!",
	} {
		ok, _, err := h.matches(t.Context(), hash, goodPassword)
		if ok || err != nil {
			t.Errorf("%q: ok %v, %v", hash, ok, err)
		}
	}
}

func TestHashingIsBounded(t *testing.T) {
	h := newHasher(cheap)
	for range cap(h.running) {
		h.running <- struct{}{} // as many hashes as may run are running
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range cap(h.waiting) {
		wg.Go(func() {
			_, err := h.hash(ctx, goodPassword)
			if !fault.Is(err, fault.ServerBusy) {
				t.Errorf("a hash that never got its turn: %v", err)
			}
		})
	}
	for len(h.waiting) < cap(h.waiting) {
		runtime.Gosched()
	}
	_, err := h.hash(t.Context(), goodPassword)
	wants(t, err, fault.ServerBusy)
	cancel()
	wg.Wait()
}
