// Package ahead makes things on another core than the one that uses them.
package ahead

// Things go over in chunks, of which so many may wait.
const (
	chunkSize   = 128
	chunksAhead = 8
)

// Each has makes give one thing after the other, in a goroutine of its own, and use take them here in their order. It fails with the
// error of use, at which makes is told to stop by a yield that says false, or that of makes; in both cases makes has returned.
func Each[T any](makes func(yield func(T) bool) error, use func(T) error) error {
	ready, stop, failed := make(chan []T, chunksAhead), make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(ready)
		failed <- pass(makes, ready, stop)
	}()
	err := useAll(ready, use)
	close(stop)
	for range ready { // so that makes has returned when this does
	}
	if err != nil {
		return err
	}
	return <-failed
}

func pass[T any](makes func(yield func(T) bool) error, ready chan<- []T, stop <-chan struct{}) error {
	var chunk []T
	over := func() bool {
		select {
		case ready <- chunk:
			chunk = nil
			return true
		case <-stop:
			return false
		}
	}
	err := makes(func(x T) bool {
		if chunk == nil {
			chunk = make([]T, 0, chunkSize)
		}
		chunk = append(chunk, x)
		return len(chunk) < chunkSize || over()
	})
	if err == nil && len(chunk) > 0 {
		over()
	}
	return err
}

func useAll[T any](ready <-chan []T, use func(T) error) error {
	for chunk := range ready {
		for _, x := range chunk {
			if err := use(x); err != nil {
				return err
			}
		}
	}
	return nil
}
