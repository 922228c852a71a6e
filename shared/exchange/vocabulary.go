package exchange

import (
	"embed"
	"strings"
)

//go:embed vocabulary/*.txt
var vocabularies embed.FS

// vocabulary reads a list of words: lines of a key, a colon, and words separated by commas.
func vocabulary(name string) map[string]string {
	data, err := vocabularies.ReadFile("vocabulary/" + name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if key, words, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
			out[key] = strings.TrimSpace(words)
		}
	}
	return out
}

// wordTable turns a vocabulary around: word → key.
func wordTable(lists map[string]string) map[string]string {
	out := map[string]string{}
	for key, words := range lists {
		for _, w := range strings.Split(words, ",") {
			out[strings.TrimSpace(w)] = key
		}
	}
	return out
}
