package syncer

import "time"

// pace is between which sizes what travels at once is kept, and how long it should take: less than quick and there may be twice as
// much the next time, more than slow and there should be half.
type pace struct {
	least, most int // bytes
	quick, slow time.Duration
}

var (
	// On a line that breaks every minute, small pushes arrive.
	pushPace = pace{least: 16 << 10, most: pushMost, quick: time.Second, slow: 4 * time.Second}
	// Pages should take some seconds. The larger they are, the better they are packed; but edits wait behind them.
	pullPace = pace{least: pullStart / 2, most: 2 << 20, quick: 3 * time.Second, slow: 10 * time.Second}
)

// next is how large the next one may be, after one of a size took so long.
func (p pace) next(size int, took time.Duration) int {
	switch {
	case took < p.quick:
		return min(2*size, p.most)
	case took > p.slow:
		return max(size/2, p.least)
	}
	return size
}
