package main

import (
	"context"
	_ "embed"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

const (
	title     = "Acopio"
	minWidth  = 1280
	minHeight = 720

	// Closing waits for the page to save: this long without a request, at most that long altogether.
	saveRest  = 150 * time.Millisecond
	saveLimit = 3 * time.Second
)

//go:embed icon.png
var icon []byte

// backend is what the window needs of a running desktop: its HTTP API, in this process, and its live events,
// which come on any goroutine until stop is called.
type backend interface {
	Handler() http.Handler
	Events(func(name string, data any)) (stop func())
}

// window is the shown register: the toolkit's context and what must happen before it ends.
type window struct {
	backend backend
	log     zerolog.Logger
	saves   *inflight
	dialogs *Dialogs

	started    chan struct{}   // closed once the two below are set
	ctx        context.Context // the toolkit's
	stopEvents func()

	closing  sync.Once
	mayClose atomic.Bool
}

// showWindow opens the window over the backend and returns when it has been closed. It must be called on the
// main goroutine.
func showWindow(opts flags, b backend, log zerolog.Logger) error {
	w := &window{backend: b, log: log, started: make(chan struct{})}
	w.saves = &inflight{next: b.Handler()}
	w.dialogs = &Dialogs{api: w.saves}
	err := wails.Run(w.options(opts))
	mainLoopEnded()
	select {
	case <-w.started:
		w.stopEvents()
	default: // it never came up
	}
	return err
}

func (w *window) options(opts flags) *options.App {
	state := options.Normal
	if opts.minimized {
		state = options.Minimised
	}
	return &options.App{
		Title:              title,
		Width:              minWidth,
		Height:             minHeight,
		MinWidth:           minWidth,
		MinHeight:          minHeight,
		WindowStartState:   state,
		BackgroundColour:   options.NewRGB(0xfa, 0xfa, 0xf7),
		AssetServer:        &assetserver.Options{Handler: content(w.saves, ui(), w.log)},
		Logger:             wailsLog{w.log},
		LogLevelProduction: logger.INFO,
		OnStartup:          w.startup,
		OnBeforeClose:      w.beforeClose,
		Bind:               []any{w.dialogs},
		SingleInstanceLock: &options.SingleInstanceLock{
			UniqueId:               instanceID(opts.dataDir),
			OnSecondInstanceLaunch: w.secondStart,
		},
		// Left nil, Wails turns the GPU off and the map goes stale.
		Linux: &linux.Options{
			Icon:             icon,
			ProgramName:      "acopio",
			WebviewGpuPolicy: linux.WebviewGpuPolicyOnDemand,
		},
	}
}

// startup runs on a goroutine of its own, beside the page's first requests.
func (w *window) startup(ctx context.Context) {
	w.ctx = ctx
	w.dialogs.ctx = ctx
	w.stopEvents = w.backend.Events(func(name string, data any) { runtime.EventsEmit(ctx, name, data) })
	close(w.started)
}

// beforeClose is asked by the window's button, by Ctrl-C and by the end of a session alike (Wails takes both
// signals). It keeps the window open until the field being edited is saved: it takes the focus away, as leaving
// the field would, and waits for the page's requests to end. Only then does it really close.
func (w *window) beforeClose(ctx context.Context) (prevent bool) {
	if w.mayClose.Load() {
		return false
	}
	w.closing.Do(func() {
		runtime.WindowExecJS(ctx, "document.activeElement && document.activeElement.blur()")
		go func() {
			if !w.saves.quiet(saveRest, saveLimit) {
				w.log.Warn().Dur("limit", saveLimit).Msg("closing although the page is still busy")
			}
			w.mayClose.Store(true)
			runtime.Quit(ctx)
		}()
	})
	return true
}

// secondStart shows this window when someone starts the program again; the interface follows a link if the
// second start carried one.
func (w *window) secondStart(second options.SecondInstanceData) {
	<-w.started
	runtime.WindowUnminimise(w.ctx)
	runtime.Show(w.ctx)
	runtime.EventsEmit(w.ctx, "window.second_start", second.Args)
}
