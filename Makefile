# Acopio: everything a newcomer needs starts here. `make help` lists the targets; each does its own set-up.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

# One set of tags for every Go command: packages that have no use for a tag are compiled once all the same, and
# no command can build a variant that another did not test.
TAGS := desktop,production,webkit2_41,sqlite_fts5
export GOFLAGS := -buildvcs=false -trimpath -tags=$(TAGS)

# SQLite as its makers recommend it where nobody asks how much memory it uses and no cache is shared: keeping count takes a
# lock that all connections wait for at each allocation.
export CGO_CFLAGS := -O2 -g -DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_OMIT_SHARED_CACHE

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X acopio/shared/version.Version=$(VERSION)

NPM := npm --prefix frontend
NODE_MODULES := frontend/node_modules/.package-lock.json
UI := frontend/dist/index.html
UI_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune \
	-o -path frontend/src/lib/paraglide -prune -o -type f ! -name '*.go' ! -name '*.test.ts' -print 2>/dev/null)
LINTER := build/tools/golangci-lint

# For the heavier runs.
N ?= 10000
KILLS ?= 300
FUZZ ?= .
FUZZ_TIME ?= 10s
BENCH ?= .
BENCH_TIME ?= 1s
ONLY ?=

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

## Running

.PHONY: run
run: build ## server with a demo network, and the desktop window on it (Ctrl-C ends both)
	@.ci/run-demo

.PHONY: dev
dev: build ## the same with hot reload: the interface at once, Go programs rebuilt on change
	@.ci/dev

## Building

.PHONY: build
build: deps $(UI) ## the three programs, into build/bin
	go build -ldflags "$(LDFLAGS)" -o build/bin/acopio-server ./server
	go build -ldflags "$(LDFLAGS)" -o build/bin/acopio ./desktop/cli
	go build -ldflags "$(LDFLAGS)" -o build/bin/acopio-desktop ./desktop

.PHONY: ui
ui: deps $(UI) ## the interface, into frontend/dist

$(NODE_MODULES): frontend/package.json frontend/package-lock.json
	$(NPM) ci --no-audit --no-fund
	@touch $@

# Vite empties dist even when it fails; the placeholder keeps Go commands working then.
$(UI): $(NODE_MODULES) $(UI_SOURCES)
	$(NPM) run build || { touch frontend/dist/.gitkeep; exit 1; }
	@touch frontend/dist/.gitkeep $@

.PHONY: generate
generate: deps $(NODE_MODULES) ## rewrite what is generated from the schema and the API (committed; checked by make test)
	go generate ./...
	$(NPM) run --silent api

.PHONY: package
package: build ## a Linux archive and the Windows installer, into build/package
	@.ci/package "$(VERSION)" "$(LDFLAGS)"

## Checking

.PHONY: test
test: ## every test and check, with its own set-up (what CI runs)
	@.ci/test

# Linters open the files of a package of Go and C where the build cache says they were, and without their paths
# (-trimpath) that may be another checkout, long gone: such a package is compiled for this directory alone.
.PHONY: lint
lint: deps $(LINTER) ## the Go linters
	GOFLAGS="$(GOFLAGS) -gcflags=acopio/desktop=-D=$(CURDIR)" $(LINTER) run ./...

$(LINTER): .ci/tools/go.mod .ci/tools/go.sum
	cd .ci/tools && GOFLAGS="-buildvcs=false -trimpath" go build -ldflags "-s -w" -o ../../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: test-go
test-go: deps ## Go tests with the race detector
	go test -race -shuffle=on ./...

.PHONY: test-sim
test-sim: deps ## two thousand histories of make sim, without the race detector
	@$(MAKE) --no-print-directory sim N=2000

.PHONY: test-mutants
test-mutants: deps ## three random ones of make mutants, and that all of them still fit the code
	@$(MAKE) --no-print-directory mutants MUTANTS=3

.PHONY: test-ui
test-ui: deps $(NODE_MODULES) ## types, style and unit tests of the interface
	$(NPM) run check
	$(NPM) test

.PHONY: test-browser
test-browser: deps-test build ## the interface in headless Chromium against the real programs
	ACOPIO_BIN="$(CURDIR)/build/bin" $(NPM) run test:e2e

.PHONY: test-window
test-window: deps-test build ## the real window on a virtual screen
	go build -tags $(TAGS),e2e -ldflags "$(LDFLAGS)" -o build/e2e/acopio-desktop ./desktop
	rm -rf artifacts/logs artifacts/failed-*.png
	go test -tags $(TAGS),e2e -count=1 -timeout 10m ./desktop/e2e

# A contact sheet of each screen shows its eight looks at one glance.
.PHONY: screens
screens: deps-test build ## photographs of every screen in every size, language and theme, and a contact sheet of each (ONLY='home|import')
	rm -rf artifacts/screens
	ACOPIO_LOOKS=all ACOPIO_SCREENS='$(ONLY)' ACOPIO_BIN="$(CURDIR)/build/bin" $(NPM) run test:e2e -- e2e/screens.test.ts
	for screen in artifacts/screens/*/; do \
		montage "$$screen"*.png -tile 4x -geometry 660x+8+8 -background '#888' "$${screen%/}.png"; done
	ls artifacts/screens/*.png | wc -l

# What README and docs/user-guide.es.md show is what the tests saw: NAME=SCREEN.
GUIDE_PICTURES := enroll=window-enroll sites=window-organization-site duplicates=window-duplicates locked=window-locked
.PHONY: pictures
pictures: test-window ## the pictures of README and of the users' guide, taken anew
	ACOPIO_BIN="$(CURDIR)/build/bin" $(NPM) run test:e2e -- e2e/tour.test.ts e2e/guide.test.ts e2e/screens.test.ts
	mkdir -p docs/images
	for name in window console; do convert "artifacts/$$name.png" -strip -define png:compression-level=9 "docs/images/$$name.png"; done
	for file in artifacts/ui/tour-*.png artifacts/ui/guide-*.png; do \
		convert "$$file" -strip +dither -colors 128 -define png:compression-level=9 "docs/images/$${file##*/}"; done
	for pair in $(GUIDE_PICTURES); do \
		convert "artifacts/screens/$${pair#*=}/1366-es-light.png" -strip +dither -colors 64 -define png:compression-level=9 \
			"docs/images/guide-$${pair%=*}.png"; done
	ls -l docs/images

.PHONY: sim
sim: deps ## N random histories of laptops, losses and crashes, each from a seed, over all cores (N=10000; SIM_SEED=1 is the first)
	SIM_N=$(N) SIM_SEED=$(or $(SIM_SEED),1) TMPDIR="$$(.ci/fast-tmp)" go test -count=1 -timeout 0 ./server/sim -run 'Simulate|Vectors' -v

.PHONY: crash
crash: deps ## KILLS deaths of real laptops and servers, every other one a power cut, over bad lines (KILLS=300)
	CRASH_KILLS=$(KILLS) TMPDIR="$$(.ci/fast-tmp)" go test -count=1 -timeout 0 -v ./server/e2e -run 'Crash$$'

.PHONY: fuzz
fuzz: deps ## every fuzz target for a time (FUZZ_TIME=10s, FUZZ=regular expression)
	@.ci/fuzz "$(FUZZ_TIME)" 2 "$(FUZZ)"

.PHONY: mutants
mutants: deps ## sabotage the sync code in dozens of ways, one at a time, and demand that the tests notice (MUTANTS=all, names or a number)
	MUTANTS="$(or $(MUTANTS),all)" TMPDIR="$$(.ci/fast-tmp)" go test -count=1 -timeout 0 ./server/sim -run 'Mutants' -v

.PHONY: bench
bench: deps ## speed and bytes of everything, at full sizes: writes docs/benchmarks.md (half an hour; ONLY=S1,S5)
	go build -o build/tools/bench ./server/bench
	build/tools/bench -only "$(ONLY)" -doc docs/benchmarks.md

# The ratios are to what the machine does in the same run; one counts as worse when three runs say so.
.PHONY: bench-quick
bench-quick: deps ## the same at small sizes, against the ratios in server/bench/quick.jsonl (three minutes)
	go build -o build/tools/bench ./server/bench
	build/tools/bench -quick -only "$(ONLY)" -against server/bench/quick.jsonl

# Full sizes without a limit that fails: what is not reached is in the document.
.PHONY: bench-ui
bench-ui: deps-test build ## key-to-paint times, scrolling and start of the interface in Chromium at 100,000 organizations: writes docs/benchmarks.md
	go build -o build/tools/bench ./server/bench
	ACOPIO_BIN="$(CURDIR)/build/bin" $(NPM) run --silent bench

.PHONY: bench-ui-quick
bench-ui-quick: deps-test build ## the same with 10,000 organizations, against generous ratios (a minute or two)
	go build -o build/tools/bench ./server/bench
	ACOPIO_BENCH=quick ACOPIO_BIN="$(CURDIR)/build/bin" $(NPM) run --silent bench

.PHONY: bench-go
bench-go: deps ## the Go benchmarks of single packages, as a table (BENCH=regular expression, BENCH_TIME=1s)
	@.ci/bench-go "$(BENCH)" "$(BENCH_TIME)"

.PHONY: test-generated
test-generated: ## generated files are what make generate writes, go.mod is tidy, modules are genuine
	@.ci/check-generated

## Set-up

.PHONY: deps
deps: ## system packages to build and run (installs them where root or sudo allows)
	@.ci/deps build

.PHONY: deps-test
deps-test:
	@.ci/deps build test

.PHONY: clean
clean: ## remove what was built, the demo's data included
	rm -rf build artifacts frontend/dist/* frontend/node_modules
	@touch frontend/dist/.gitkeep
