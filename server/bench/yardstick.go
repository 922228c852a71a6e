package main

import (
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// yardstick is the time that the machine takes, in this run, for the bare minimum of some work.
type yardstick struct {
	name string
	took time.Duration
}

// yardsticks are measured before each scenario: other programs may be running.
type yardsticks struct {
	write    yardstick // 4 kB made durable
	exchange yardstick // a byte to another socket of this machine and back
	hash     yardstick // SHA-256 of 1 MB: how fast the processor is
	each     yardstick // one of each: what takes some of all
}

func (y *yardsticks) measure(dir string) error {
	write, err := durableWrite(dir)
	if err != nil {
		return err
	}
	exchange, err := loopback()
	if err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	hash := typical(20, func() error {
		sha256.Sum256(block)
		return nil
	})
	y.write, y.exchange, y.hash = yardstick{"durable write", write}, yardstick{"loopback", exchange}, yardstick{"SHA-256 of 1 MB", hash}
	y.each = yardstick{"one of each", write + exchange + hash}
	return nil
}

// typical is the median time of a piece of work; of work that fails, too.
func typical(times int, work func() error) time.Duration {
	took := make([]time.Duration, times)
	for i := range took {
		began := time.Now()
		_ = work() // the callers keep the error
		took[i] = time.Since(began)
	}
	return quantile(took, 0.5)
}

func durableWrite(dir string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "work", "yardstick"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	block, at := make([]byte, 4096), int64(0)
	took := typical(60, func() error {
		_, e := f.WriteAt(block, at)
		at += int64(len(block))
		err = errors.Join(err, e, f.Sync())
		return err
	})
	return took, err
}

func loopback() (time.Duration, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	b := []byte{1}
	took := typical(300, func() error {
		_, w := c.Write(b)
		_, r := io.ReadFull(c, b)
		err = errors.Join(err, w, r)
		return err
	})
	return took, err
}

// raiseFiles lets this process have as many sockets as thousands of devices need.
func raiseFiles() {
	const wanted = 1 << 16
	limit := syscall.Rlimit{Cur: wanted, Max: wanted}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
			limit.Cur = limit.Max
			_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) // the scenario that needs more says so itself
		}
	}
}
