package sim

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// script is a history as a list of steps, written down so that it can be lived again, and shortened. Each step brings
// the seed of its own chance: leaving one out does not change what the others do.
type script struct {
	seed  uint64
	cast  int
	size  int // machines at the start
	steps []step
}

// step is one thing that somebody or something does, and then a little time passes.
type step struct {
	do  string
	who int    // machine, modulo how many there are
	n   uint64 // the step's chance
}

// casts is how many different casts there are.
const casts = 12

// deed is something that happens, and how often it does.
type deed struct {
	do   string
	odds int
}

// deeds are what happens.
var deeds = []deed{
	{"create", 12},
	{"edit", 40},
	{"stale", 8},
	{"child", 9},
	{"tag", 5},
	{"census", 6},
	{"delete", 7},
	{"cascade", 3},
	{"restore", 4},
	{"group", 6},
	{"import", 3},
	{"resolve", 6},
	{"retry", 3},
	{"discard", 2},
	{"console", 10},
	{"share", 5},
	{"down", 12},
	{"up", 10},
	{"break", 12},
	{"cut", 10},
	{"slow", 5},
	{"narrow", 4},
	{"wait", 16},
	{"night", 3},
	{"close", 4},
	{"upgrade", 2},
	{"crash", 8},
	{"crashserver", 7},
	{"bounce", 4},
	{"backup", 4},
	{"rewind", 4},
	{"clock", 6},
	{"grant", 4},
	{"role", 4},
	{"revoke", 2},
	{"enroll", 3},
	{"snap", 3},
	{"rollback", 1},
	{"clone", 1},
	{"look", 6},
	{"sweep", 6},
	{"bury", 10},
	{"forget", 6},
}

// burials are what happens in every fourth history: people delete much, and the server forgets it while laptops are away.
var burials = []deed{
	{"create", 10},
	{"edit", 20},
	{"child", 6},
	{"tag", 16},
	{"census", 16},
	{"delete", 6},
	{"forget", 10},
	{"restore", 4},
	{"group", 4},
	{"bury", 24},
	{"sweep", 8},
	{"console", 8},
	{"down", 14},
	{"up", 12},
	{"cut", 6},
	{"slow", 4},
	{"wait", 6},
	{"close", 4},
	{"crash", 4},
	{"crashserver", 5},
	{"backup", 6},
	{"rewind", 6},
	{"clock", 3},
	{"grant", 2},
	{"role", 1},
	{"snap", 3},
	{"rollback", 3},
	{"retry", 4},
	{"discard", 3},
	{"look", 6},
}

// write a history of a seed.
func scriptOf(seed uint64) *script {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &script{seed: seed, cast: rng.IntN(casts), size: 2 + rng.IntN(2)}
	deeds := deeds
	if seed%4 == 3 {
		deeds = burials
	}
	if s.purges() {
		deeds = append(slices.Clone(deeds), deed{"purge", 14}, deed{"decide", 8})
	}
	total := 0
	for _, d := range deeds {
		total += d.odds
	}
	for range 18 + rng.IntN(14) {
		at := rng.IntN(total)
		for _, d := range deeds {
			if at -= d.odds; at < 0 {
				s.steps = append(s.steps, step{d.do, rng.IntN(s.size + 1), rng.Uint64N(1 << 32)})
				break
			}
		}
	}
	s.withDamage()
	return s
}

func (s *script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "world %d cast %d size %d\n", s.seed, s.cast, s.size)
	for _, st := range s.steps {
		fmt.Fprintf(&b, "%s %d %d\n", st.do, st.who, st.n)
	}
	return b.String()
}

// parseScript reads what String wrote; lines that begin with # are for people.
func parseScript(text string) (*script, error) {
	s := &script{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if s.size == 0 {
			if _, err := fmt.Sscanf(line, "world %d cast %d size %d", &s.seed, &s.cast, &s.size); err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			continue
		}
		var st step
		if _, err := fmt.Sscanf(line, "%s %d %d", &st.do, &st.who, &st.n); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		s.steps = append(s.steps, st)
	}
	return s, lines.Err()
}

// shorten leaves out what a failing history does not need, within so many attempts.
func shorten(s *script, fails func(*script) bool, attempts int) *script {
	best := *s
	for size := max(len(best.steps)/2, 1); size >= 1; {
		removed := false
		for at := 0; at+size <= len(best.steps) && attempts > 0; {
			attempts--
			try := best
			try.steps = append(append([]step(nil), best.steps[:at]...), best.steps[at+size:]...)
			if fails(&try) {
				best, removed = try, true
			} else {
				at += size
			}
		}
		switch {
		case attempts <= 0:
			return &best
		case size > 1:
			size /= 2
		case !removed:
			return &best
		}
	}
	return &best
}
