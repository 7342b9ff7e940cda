# What a contributor types. `make help` lists it.
SHELL := bash
GO ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 1m

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/mmtui
	$(GO) build -trimpath -o bin/mmtui ./cmd/mmtui

.PHONY: run
run: build ## open the bundled example (without a terminal: print its report)
	./bin/mmtui examples/tiny-vlm/project.toml

.PHONY: test
test: ## vet and all tests under the race detector
	GO='$(GO)' scripts/test

.PHONY: lint
lint: ## formatting, vet, staticcheck, shell scripts
	@out=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); test -z "$$out" || { echo "not formatted by gofmt:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@if command -v shellcheck >/dev/null; then shellcheck scripts/* .ci/run; else echo "shellcheck is not installed; scripts were not checked"; fi

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (1m)
	GO='$(GO)' scripts/fuzz $(FUZZTIME)

.PHONY: bench
bench: build ## speed as shares of what the machine reaches (docs/performance.md)
	./bin/mmtui bench scan
	./bin/mmtui bench kernels
	$(GO) test -run '^$$' -bench . -benchtime 1s ./internal/gemm ./internal/attention ./internal/vec ./int2/... ./core/... ./ui/...

.PHONY: generate
generate: ## rewrite what is generated: the example, the kernels
	$(GO) generate ./...

.PHONY: man
man: build ## write the manual pages to dist/man
	./bin/mmtui man dist/man

.PHONY: snapshots
snapshots: build ## rewrite the pictures of the README
	scripts/snapshots
