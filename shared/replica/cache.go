package replica

import "sync"

// maxCounts bounds the counts that are remembered.
const maxCounts = 512

// countCache remembers how many rows a selection has until the next commit: pages, other orders and a search that is
// taken back by a letter ask for the same counts again. A generation is odd while a commit is under way: what a reader
// sees then may be either state.
type countCache struct {
	mu         sync.Mutex
	generation uint64
	counts     map[string]int
}

func newCountCache() *countCache { return &countCache{counts: map[string]int{}} }

// commit forgets everything, around a commit.
func (c *countCache) commit(do func() error) error {
	c.forget()
	defer c.forget()
	return do()
}

func (c *countCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	clear(c.counts)
}

// now is the generation; a reader takes it before it looks at anything.
func (c *countCache) now() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

func (c *countCache) get(generation uint64, key string) (n int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return 0, false
	}
	n, ok = c.counts[key]
	return n, ok
}

func (c *countCache) put(generation uint64, key string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation || generation%2 == 1 {
		return
	}
	if len(c.counts) >= maxCounts {
		clear(c.counts)
	}
	c.counts[key] = n
}
