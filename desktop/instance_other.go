//go:build !linux

package main

import (
	"context"
	"net/http"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// bringForward lets Wails hand over: with the lock taken it tells the first window and ends this process with
// 0. Coming back from it means that nobody answered; its own window stays hidden and closes at once.
func bringForward(id string, _ []string) error {
	err := wails.Run(&options.App{
		Title:              title,
		StartHidden:        true,
		AssetServer:        &assetserver.Options{Handler: http.NotFoundHandler()},
		SingleInstanceLock: &options.SingleInstanceLock{UniqueId: id},
		OnDomReady:         func(ctx context.Context) { runtime.Quit(ctx) },
	})
	if err != nil {
		return err
	}
	return errNoFirstWindow
}

// checkDisplay: these systems always have a screen to draw on.
func checkDisplay(func(string) string) error { return nil }
