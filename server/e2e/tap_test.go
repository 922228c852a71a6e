package e2e

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync"

	"acopio/shared/protocol"
)

// tap reads what passes a proxy, as it came from its sender: the websocket frames of every connection put together into
// messages. Whether they arrived is not its concern.
type tap struct {
	message func(fromServer bool, m []byte) // one complete binary message
	raw     func(fromServer bool, b []byte) // every byte; may be nil
}

// streams are the two directions of a new connection.
func (t *tap) streams() (up, down io.Writer) {
	if t == nil {
		return io.Discard, io.Discard
	}
	return &stream{tap: t}, &stream{tap: t, fromServer: true}
}

// stream is one direction of one connection.
type stream struct {
	tap        *tap
	fromServer bool
	buffer     []byte
	upgraded   bool // the HTTP head is behind us
	plain      bool // no websocket: nothing to take apart
	message    []byte
}

func (s *stream) Write(b []byte) (int, error) {
	if s.tap.raw != nil {
		s.tap.raw(s.fromServer, b)
	}
	if s.plain {
		return len(b), nil
	}
	s.buffer = append(s.buffer, b...)
	if !s.upgraded {
		head, rest, found := bytes.Cut(s.buffer, []byte("\r\n\r\n"))
		if !found {
			return len(b), nil
		}
		s.upgraded = true
		s.plain = !bytes.HasPrefix(head, []byte("GET "+protocol.Path)) && !bytes.HasPrefix(head, []byte("HTTP/1.1 101"))
		s.buffer = rest
	}
	for !s.plain && s.frame() {
	}
	return len(b), nil
}

// frame takes one websocket frame off the buffer, if a whole one is there.
func (s *stream) frame() bool {
	b := s.buffer
	if len(b) < 2 {
		return false
	}
	final, opcode, masked := b[0]&0x80 != 0, b[0]&0x0f, b[1]&0x80 != 0
	size, at := uint64(b[1]&0x7f), 2
	switch size {
	case 126:
		if len(b) < 4 {
			return false
		}
		size, at = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) < 10 {
			return false
		}
		size, at = binary.BigEndian.Uint64(b[2:]), 10
	}
	var mask [4]byte
	if masked {
		if len(b) < at+4 {
			return false
		}
		copy(mask[:], b[at:])
		at += 4
	}
	if uint64(len(b)-at) < size {
		return false
	}
	payload := b[at : at+int(size)]
	s.buffer = b[at+int(size):]
	if opcode > 2 { // a control frame, between the parts of a message
		return true
	}
	for i, c := range payload {
		s.message = append(s.message, c^mask[i%4])
	}
	if final {
		s.tap.message(s.fromServer, s.message)
		s.message = nil
	}
	return true
}

// ackTap calls back with the verdicts of every acknowledgment that left the server.
func ackTap(seen func([]protocol.Verdict)) *tap {
	var mu sync.Mutex
	return &tap{message: func(fromServer bool, m []byte) {
		if !fromServer {
			return
		}
		t, payload, err := protocol.Split(m)
		if err != nil || t != protocol.TypeAck {
			return
		}
		if ack, err := protocol.Decode[protocol.Ack](payload); err == nil {
			mu.Lock()
			defer mu.Unlock()
			seen(ack.Verdicts)
		}
	}}
}
