package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"syscall"
	"time"
)

// profileVariable names the folder in which this process and its children leave profiles of what they measure.
const profileVariable = "ACOPIO_BENCH_PROFILE"

// profiled runs a piece of work and, where a folder for profiles was given, leaves where it spent the processor's time
// and what it allocated.
func profiled(name string, work func() error) error {
	dir := os.Getenv(profileVariable)
	if dir == "" {
		return work()
	}
	path := filepath.Join(dir, name+"-"+strconv.Itoa(os.Getpid()))
	cpu, err := os.Create(path + ".cpu")
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return errors.Join(err, cpu.Close())
	}
	worked := work()
	pprof.StopCPUProfile()
	heap, err := os.Create(path + ".heap")
	if err != nil {
		return errors.Join(worked, err, cpu.Close())
	}
	runtime.GC() // so that the profile shows what is held now
	return errors.Join(worked, pprof.Lookup("heap").WriteTo(heap, 0), heap.Close(), cpu.Close())
}

// processor is the time that processors gave to this process so far: other programs take none of it.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // no machine the bench runs on
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
