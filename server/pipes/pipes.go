// Package pipes is a network in memory, for tests in which hours pass in no time.
package pipes

import (
	"context"
	"net"
	"sync"
)

// Network is a net.Listener, and the way to it.
type Network struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// New is a network on which nobody listens yet.
func New() *Network { return &Network{conns: make(chan net.Conn), done: make(chan struct{})} }

// Accept implements net.Listener.
func (n *Network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. Connections stay as they are.
func (n *Network) Close() error {
	n.once.Do(func() { close(n.done) })
	return nil
}

// Addr implements net.Listener.
func (n *Network) Addr() net.Addr { return &net.TCPAddr{} }

// Dial connects to whoever accepts, and waits until somebody does. It has the form of websocket.Dialer.NetDialContext.
func (n *Network) Dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	n.conns <- far
	return near, nil
}
