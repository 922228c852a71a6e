package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
)

// maxLogBytes bounds the window's log on disk to twice this: the current file and the one before.
const maxLogBytes = 4 << 20

// openLog logs to a file beside the replica, where support can ask for it, and to stderr for whoever started
// the program by hand. The caller closes it last.
func openLog(dataDir string, stderr io.Writer) (zerolog.Logger, func(), error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return zerolog.Nop(), nil, err
	}
	path := filepath.Join(dataDir, "desktop.log")
	if info, err := os.Stat(path); err == nil && info.Size() > maxLogBytes {
		if err := os.Rename(path, path+".1"); err != nil {
			return zerolog.Nop(), nil, fmt.Errorf("set the old log aside: %w", err)
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return zerolog.Nop(), nil, err
	}
	console := zerolog.ConsoleWriter{Out: stderr, TimeFormat: time.TimeOnly, NoColor: true}
	log := zerolog.New(zerolog.MultiLevelWriter(file, console)).With().Timestamp().Logger()
	return log, func() { _ = file.Close() }, nil
}

// wailsLog carries Wails' own messages into the program's log, one level lower: what it calls information is
// of interest only when something is being looked for.
type wailsLog struct{ log zerolog.Logger }

func (l wailsLog) Print(message string)   { l.log.Debug().Msg(message) }
func (l wailsLog) Trace(message string)   { l.log.Trace().Msg(message) }
func (l wailsLog) Debug(message string)   { l.log.Trace().Msg(message) }
func (l wailsLog) Info(message string)    { l.log.Debug().Msg(message) }
func (l wailsLog) Warning(message string) { l.log.Warn().Msg(message) }
func (l wailsLog) Error(message string)   { l.log.Error().Msg(message) }
func (l wailsLog) Fatal(message string)   { l.log.Fatal().Msg(message) }
