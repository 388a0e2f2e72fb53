# Everything a person does with this tree has a verb here. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Two compilers at once on two cores; more where there are more.
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 20
# The page and the program are built at the same time.
MAKEFLAGS += --jobs=2
WEB_SOURCES := $(shell find web api -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)

##@ Use

.PHONY: run
run: build ## Build and start Matinee at http://localhost:8787 (with a demo film if no media server is set)
	@scripts/run.sh

.PHONY: build
build: program build/web/index.html ## Build the program (build/matinee) and the page (build/web)

.PHONY: program
program: deps
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release --parallel $(JOBS)
	@install -m 755 build/release/matinee build/matinee
	@echo "build/matinee is ready"

.PHONY: deps
deps: ## Install from Debian what is missing to build and run, and say what
	@scripts/deps.sh build

.PHONY: image
image: ## Build the container image (IMAGE=name:tag) with podman, buildah or docker
	@scripts/image.sh

.PHONY: image-load
image-load: ## Give that image to a Kubernetes on this machine: TO=k3s, microk8s, kind or docker
	@scripts/image-load.sh

##@ Work on it

.PHONY: test
test: test-deps build/web/index.html ## Run every test that needs no container: unit, integration, black-box, page in Chromium, chart, dashboards
	@cmake --preset dev --log-level=WARNING
	@cmake --build --preset dev --parallel $(JOBS)
	@rm -f build/reruns/test.txt
	@scripts/unit-tests.sh build/dev
	@npm --prefix web run --silent check
	@MATINEE_BIN=$(CURDIR)/build/dev/matinee WEB_DIR=$(CURDIR)/build/web scripts/node-tests.sh
	@scripts/reruns.sh build/reruns/test.txt

.PHONY: test-charts
test-charts: test-deps build/web/index.html ## Only what is installed beside the program: chart, manifests, dashboards, alerts
	@cmake --preset dev --log-level=WARNING
	@cmake --build --preset dev --parallel $(JOBS) --target matinee
	@MATINEE_BIN=$(CURDIR)/build/dev/matinee WEB_DIR=$(CURDIR)/build/web scripts/node-tests.sh tests/{chart,manifests,dashboards}/*.test.mjs

.PHONY: test-image
test-image: cluster-deps ## Build the container image and try every role in it (needs root and podman); IMAGE=name:tag tries that one
	@tests/image/run.sh

.PHONY: test-cluster
test-cluster: cluster-deps ## Install the chart on a real Kubernetes of two nodes, started for this; kill, drain and upgrade it
	@tests/cluster/run.sh

.PHONY: cluster-deps
cluster-deps: test-deps
	@scripts/deps.sh cluster

.PHONY: test-deps
test-deps: deps web/node_modules/.package-lock.json tests/node_modules/.package-lock.json
	@scripts/deps.sh test

.PHONY: sanitize
sanitize: test-deps ## Unit tests under the address and undefined behaviour sanitizers
	@scripts/sanitize.sh asan

.PHONY: race
race: test-deps ## Unit tests of what has threads under the thread sanitizer
	@scripts/sanitize.sh tsan

.PHONY: fuzz
fuzz: test-deps ## Run each fuzz target for FUZZ_SECONDS (20)
	@cmake --preset asan --log-level=WARNING
	@cmake --build --preset asan --parallel $(JOBS) --target fuzz
	@tests/fuzz/run.sh build/asan/tests/fuzz $(FUZZ_SECONDS)

.PHONY: lint
lint: test-deps ## Check format, clang-tidy, shell scripts, the contract and the documents made from code
	@scripts/lint.sh

.PHONY: bench
bench: build test-deps ## Measure against what a user would otherwise use; prints one table
	@cmake --build --preset release --parallel $(JOBS) --target span_cost queue_bench row_bench
	@MATINEE_BIN=$(CURDIR)/build/matinee WEB_DIR=$(CURDIR)/build/web node tests/bench/bench.mjs

.PHONY: soak
soak: build test-deps ## Ask a cluster for CAPTURES (1000) while KILLS (200) processes are killed; count what came of it
	@MATINEE_BIN=$(CURDIR)/build/matinee node tests/soak/soak.mjs

.PHONY: docs
docs: build ## Write what is made from code: docs/configuration.md, and in the chart its README, dashboards and alerts
	@build/matinee docs configuration > docs/configuration.md.tmp
	@mv docs/configuration.md.tmp docs/configuration.md
	@node scripts/chart-docs.mjs
	@echo "docs/configuration.md, charts/matinee/README.md and charts/matinee/files are up to date"

.PHONY: format
format: ## Bring the C++ code into the house's form
	@git ls-files '*.cc' '*.h' | xargs clang-format -i

.PHONY: screenshots
screenshots: build test-deps ## Make the screenshots of README and docs (docs/screenshots) from the demo film
	@MATINEE_BIN=$(CURDIR)/build/matinee WEB_DIR=$(CURDIR)/build/web node scripts/screenshots.mjs

.PHONY: dashboard-pictures
dashboard-pictures: build test-deps scripts/dashboard-pictures/node_modules/.package-lock.json ## Draw the dashboards with Grafana's components (docs/dashboards); 600 MB of npm packages
	@MATINEE_BIN=$(CURDIR)/build/matinee WEB_DIR=$(CURDIR)/build/web node scripts/dashboard-pictures/draw.mjs

.PHONY: clean
clean: ## Remove what was built (not your captures in data/)
	@rm -rf build web/node_modules tests/node_modules scripts/dashboard-pictures/node_modules

.PHONY: help
help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build/web/index.html: $(WEB_SOURCES) web/node_modules/.package-lock.json
	@MATINEE_WEB_OUT=$(CURDIR)/build/web npm --prefix web run --silent build
	@touch $@

# A folder's npm packages, if its lock file is newer than they are.
%/node_modules/.package-lock.json: %/package-lock.json | deps
	@echo "Installing npm packages of $*/"
	@npm --prefix $* ci --no-audit --no-fund --loglevel=error
	@touch $@
