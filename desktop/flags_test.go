package main

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
)

func TestParseFlagsFindsTheDataFolder(t *testing.T) {
	given := t.TempDir()
	t.Run("flag before environment", func(t *testing.T) {
		t.Setenv("ACOPIO_DATA", "/elsewhere")
		got, err := parseFlags([]string{"--data", given, "--minimized"}, io.Discard)
		if err != nil || got.dataDir != given || !got.minimized {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("environment", func(t *testing.T) {
		t.Setenv("ACOPIO_DATA", "relative/folder")
		got, err := parseFlags(nil, io.Discard)
		want, _ := filepath.Abs("relative/folder")
		if err != nil || got.dataDir != want {
			t.Errorf("got %q, want %q, %v", got.dataDir, want, err)
		}
	})
	t.Run("platform", func(t *testing.T) {
		t.Setenv("ACOPIO_DATA", "")
		t.Setenv("HOME", given)
		t.Setenv("XDG_CONFIG_HOME", "")
		t.Setenv("XDG_DATA_HOME", "")
		got, err := parseFlags(nil, io.Discard)
		if err != nil || !filepath.IsAbs(got.dataDir) {
			t.Errorf("got %q, %v", got.dataDir, err)
		}
	})
}

func TestParseFlagsRefuses(t *testing.T) {
	if _, err := parseFlags([]string{"--help"}, io.Discard); !errors.Is(err, errHelp) {
		t.Errorf("--help: %v", err)
	}
	for _, args := range [][]string{{"--nonsense"}, {"one", "two"}} {
		if _, err := parseFlags(args, io.Discard); err == nil || errors.Is(err, errHelp) {
			t.Errorf("%q: no error", args)
		}
	}
}

func TestSentencesFollowTheLocale(t *testing.T) {
	for _, c := range []struct{ all, lang, want string }{
		{"", "en_US.UTF-8", "en"},
		{"", "es_PE.UTF-8", "es"},
		{"en_GB", "es_PE.UTF-8", "en"},
		{"", "", "es"},
	} {
		env := map[string]string{"LC_ALL": c.all, "LANG": c.lang}
		if got := sentencesFor(func(name string) string { return env[name] }).lang; got != c.want {
			t.Errorf("LC_ALL=%q LANG=%q: %s, want %s", c.all, c.lang, got, c.want)
		}
	}
}
