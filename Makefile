# Two commands: `make run` shows the whole system at work, `make test` proves it.
# The rest: `make bars` lists the measures of done, `make bars-NAME` runs one; `make check` is format and lints.

SHELL := /bin/bash
.DEFAULT_GOAL := help
SEED ?= 20190287
DATA ?= demo

.PHONY: help run test check bench accuracy bars browser-tools front-end programs agent-static

help: ## what can be made
	@grep -hE '^[a-zA-Z_-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: front-end ## build everything, start a seeded city with real agents, print the address of the page
	@echo "[run] building the programs (the first time takes a few minutes)"
	@cargo build --release -p fleet-service -p tracker-agent -p fixtures || { echo "[run] the build failed: read the first error above; Rust 1.95 or newer is needed (rustc --version)"; exit 1; }
	@echo "[run] starting the seeded city; stop with ctrl-c"
	@target/release/fleet-service demo --data $(DATA) --seed $(SEED)

front-end:
	@tests/need.sh node npm
	@if [ ! -f web/dist/index.html ] || [ -n "$$(find web/src web/index.html web/package-lock.json web/vite.config.ts -newer web/dist/index.html 2>/dev/null | head -n 1)" ]; then \
	  echo "[web] installing packages and building the page"; \
	  cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build && touch dist/index.html; \
	else echo "[web] the built page is up to date"; fi

programs: front-end
	@cargo build --workspace --bins

test: ## every test: Rust, front end, real programs, real browser; ends with "N passed, N failed"
	@tests/run.sh

check: ## rustfmt, clippy and the front end's type check
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent check

bench: ## frames/s, sentences/s and position checks/s, each beside its peer
	cargo bench -p wire -p tracker-agent -p fleet-service

accuracy: ## the judge against the labelled benchmark: the table of docs/accuracy.md, made anew (about ten minutes)
	@tests/bars.sh accuracy

agent-static: ## the truck's program as one static file: size and proof; ARCH="x86_64 aarch64" for others
	@tracker-agent/package/build-static.sh $(or $(ARCH),x86_64)

bars: ## list the measures of done
	@tests/bars.sh

bars-%:
	@tests/bars.sh $*
