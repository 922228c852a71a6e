package main

import (
	"strings"

	"acopio/shared/fault"
)

// sentences are the few things the program says without a window. The window's own texts live in the
// interface; these must work before it exists.
type sentences struct {
	lang           string
	noDisplay      string
	broughtForward string
	refused        string // heads the window that says why the register does not open
	close          string
}

var spanish = sentences{
	lang:           "es",
	noDisplay:      "Acopio necesita una pantalla: no hay DISPLAY ni WAYLAND_DISPLAY. Sin pantalla, use la orden «acopio».",
	broughtForward: "Acopio ya estaba abierto: su ventana pasó al frente.",
	refused:        "Acopio no puede abrir el registro",
	close:          "Cerrar",
}

var english = sentences{
	lang:           "en",
	noDisplay:      "Acopio needs a display: neither DISPLAY nor WAYLAND_DISPLAY is set. Without one, use the command “acopio”.",
	broughtForward: "Acopio was already open: its window was brought forward.",
	refused:        "Acopio cannot open the register",
	close:          "Close",
}

// failure is an error in words that a person can act on.
func (s sentences) failure(err error) string { return fault.Of(err).Text(s.lang) }

// sentencesFor picks the language as POSIX programs do, from LC_ALL, LC_MESSAGES or LANG; like every text of
// the product, English where it is asked for and Spanish otherwise.
func sentencesFor(getenv func(string) string) sentences {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value := getenv(name)
		if value == "" {
			continue
		}
		if strings.HasPrefix(strings.ToLower(value), "en") {
			return english
		}
		return spanish
	}
	return spanish
}
