package main

import (
	_ "embed"
	"html/template"
	"net/http"

	"github.com/rs/zerolog"
	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
)

//go:embed refusal.html
var refusalText string

var refusalPage = template.Must(template.New("refusal").Parse(refusalText))

// refusal is what a person reads when the register does not open.
type refusal struct{ Lang, Title, Sentence, Close string }

func (page refusal) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = refusalPage.Execute(w, page)
}

// showRefusal tells in a small window why the register does not open: who starts the program from a menu sees no
// terminal. It returns when that window has been closed.
func showRefusal(say sentences, cause error, log zerolog.Logger) {
	const width, height = 560, 300
	page := refusal{Lang: say.lang, Title: say.refused, Sentence: say.failure(cause), Close: say.close}
	err := wails.Run(&options.App{
		Title:              title,
		Width:              width,
		Height:             height,
		DisableResize:      true,
		BackgroundColour:   options.NewRGB(0xfa, 0xfa, 0xf7),
		AssetServer:        &assetserver.Options{Handler: page},
		Logger:             wailsLog{log},
		LogLevelProduction: logger.INFO,
		Linux:              &linux.Options{Icon: icon, ProgramName: "acopio"},
	})
	mainLoopEnded()
	if err != nil {
		log.Error().Err(err).Msg("the window that says so failed as well")
	}
}
