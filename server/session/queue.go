package session

import "sync"

// What waits for one laptop: so many frames, and so many bytes, unless a single frame is larger.
const (
	queueFrames = 64
	queueBytes  = 2 << 20
)

// queue is what waits to be written. Anybody adds to it; one goroutine takes.
type queue struct {
	more chan struct{} // something waits
	room chan struct{} // something was taken

	mu     sync.Mutex
	frames [][]byte
	bytes  int
	missed bool // a frame was offered for which there was no room
}

func newQueue() *queue {
	return &queue{more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// offer adds a frame if there is room, and remembers if there was none.
func (q *queue) offer(frame []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.push(frame)
	q.missed = q.missed || !taken
	return taken
}

// add reports whether there was room.
func (q *queue) add(frame []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.push(frame)
}

func (q *queue) push(frame []byte) bool {
	if n := len(q.frames); n == queueFrames || n > 0 && q.bytes+len(frame) > queueBytes {
		return false
	}
	q.frames, q.bytes = append(q.frames, frame), q.bytes+len(frame)
	tell(q.more)
	return true
}

// take gives the oldest frame, nil if there is none; with the last one also whether anything offered meanwhile was missed.
func (q *queue) take() (frame []byte, missed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.frames) == 0 {
		return nil, false
	}
	frame, q.frames[0] = q.frames[0], nil
	if q.frames, q.bytes = q.frames[1:], q.bytes-len(frame); len(q.frames) > 0 {
		tell(q.more)
	} else {
		q.frames, missed, q.missed = nil, q.missed, false
	}
	tell(q.room)
	return frame, missed
}

// tell leaves a word for whoever waits for it, now or later.
func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
