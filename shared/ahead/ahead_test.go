package ahead

import (
	"errors"
	"testing"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, chunkSize, chunkSize + 1, 3*chunksAhead*chunkSize + 7} {
		next := 0
		err := Each(func(yield func(int) bool) error {
			for i := range n {
				if !yield(i) {
					t.Error("stopped")
				}
			}
			return nil
		}, func(x int) error {
			if x != next {
				t.Errorf("%d instead of %d", x, next)
			}
			next++
			return nil
		})
		if err != nil || next != n {
			t.Errorf("%d of %d, %v", next, n, err)
		}
	}
}

func TestEachFails(t *testing.T) {
	wrong := errors.New("wrong")
	for _, n := range []int{5, 1000 * chunkSize} {
		made, returned := 0, false
		count := func(yield func(int) bool) error {
			defer func() { returned = true }()
			for made = 0; made < n && yield(made); made++ {
			}
			return errors.New("told to stop")
		}
		err := Each(count, func(x int) error {
			if x == 3 {
				return wrong
			}
			return nil
		})
		if n > 5 && (!errors.Is(err, wrong) || made == n) || !returned {
			t.Errorf("of %d, %d were made: %v, returned %v", n, made, err, returned)
		}
		used := 0
		err = Each(func(yield func(int) bool) error {
			for i := range 2 * chunkSize {
				yield(i)
			}
			yield(0)
			return wrong
		}, func(int) error { used++; return nil })
		if !errors.Is(err, wrong) || used != 2*chunkSize {
			t.Errorf("%v after %d", err, used)
		}
	}
}
