# Run `make` for the list of targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
# Debian packages that tests start; each test says so when one is missing, and fails for it when CI=true.
DEBIAN := postgresql-15 nginx-light chromium e2fsprogs
GOTESTSUM := gotest.tools/gotestsum@v1.13.0
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

.PHONY: run
run: ## Start the development server on 127.0.0.1:8080
	go run ./server/cmd/cded serve --dev

.PHONY: build
build: ## Build cded and cde into bin/
	go build -o bin/ ./server/cmd/cded ./client/cmd/cde

.PHONY: man
man: ## Write the man pages of cde into bin/man/
	go run ./client/cmd/cde man bin/man

.PHONY: test
test: setup ## Run every test, with the race detector; ends with what was left out and what the fault tests counted
	@report=$$(mktemp); trap 'rm -f "$$report"' EXIT; status=0; \
	go run $(GOTESTSUM) --format pkgname-and-test-fails --format-hide-empty-pkg --jsonfile "$$report" -- -race -timeout 20m ./... || status=$$?; \
	echo; echo "The fault tests counted:"; \
	sed -nE 's/.*"Test":"([^"]*)","Output":" *[^ ]+\.go:[0-9]+: (.*(acknowledged|linearizable|versions with).*)\\n".*/  \1: \2/p' "$$report"; \
	exit $$status
	cd openapi/check && go test -race -timeout 20m ./...

.PHONY: bench
bench: ## Print the speed table, side by side with peers, and draw it
	cd server/validate/bench && go run -mod=mod . -chart ../../../.github/bench.svg
	go test -run '^$$' -bench '^BenchmarkCall$$' -benchtime 2000x ./client
	go test -run '^$$' -bench . ./server/auth
	go test -run '^$$' -bench . -benchtime 3s -timeout 30m ./server/sqlite ./server/postgres ./server/servertest

.PHONY: setup
setup: ## Install what tests start beside Go: PostgreSQL, nginx, Chromium (on Debian, as root; else says what is missing)
	@missing=$$(for package in $(DEBIAN); do dpkg -s $$package >/dev/null 2>&1 || echo $$package; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; then exit 0; fi; \
	echo "not installed, tests that need it are left out:" $$missing

.PHONY: generate
generate: ## Write gen/ anew from the contract
	go generate ./...

.PHONY: typescript
typescript: ## Write gen/typescript anew from the contract (needs Node)
	cd client/typescript && npm ci --ignore-scripts && npm run generate

.PHONY: check-typescript
check-typescript: ## Fail if gen/typescript is not what the contract says (needs Node)
	go test -count=1 ./client/typescript

.PHONY: swagger-ui
swagger-ui: ## Copy the docs page's Swagger UI from the npm package that is pinned for it (needs Node)
	UPDATE_GOLDEN=1 go test -count=1 -run SwaggerUI ./server/console

.PHONY: check
check: check-generated check-contract ## Hold everything that is derived against its source

CONTRACT := go -C openapi/check run ./contract

.PHONY: check-contract
check-contract: ## Hold the contract against its rules and against its newest release: all six checks below
	$(CONTRACT) check

.PHONY: lint-contract check-overlay check-names check-breaking check-version check-client
lint-contract: ## Fail if the contract breaks a rule of the house, or an example does not fit
	$(CONTRACT) check lint
check-overlay: ## Fail if the Go overlay points at what the contract no longer has
	$(CONTRACT) check overlay
check-names: ## Fail if a released name went: an operationId, a component, a value
	$(CONTRACT) check names
check-breaking: ## Fail if a caller of the newest release could break
	$(CONTRACT) check breaking
check-version: ## Fail if info.version does not say what changed
	$(CONTRACT) check version
check-client: ## Fail if an operation has no method or no command, or one that does not say it is deprecated
	$(CONTRACT) check client

.PHONY: judge
judge: ## Have Spectral (OWASP), Redocly, Prism and Portman judge contract and server (needs Node)
	go test -count=1 -v -run . ./openapi/judges

.PHONY: release-contract
release-contract: ## Freeze the contract under openapi/released/ and write its changelog
	$(CONTRACT) release

.PHONY: contract-changelog
contract-changelog: ## Print what changed in the contract; FROM=1.0.0 TO=1.1.0 for two releases, HTML=1 for a page
	@$(CONTRACT) $(if $(HTML),-html) changelog $(FROM) $(TO)

.PHONY: check-generated
check-generated: ## Fail if gen/ is not what the contract says
	go test -count=1 -run Fresh ./openapi/generate

.PHONY: lint
lint: ## Run the linters
	go vet ./...
	cd openapi/check && go vet ./...
	go run $(GOLANGCI_LINT) run ./...
	cd openapi/check && go run $(GOLANGCI_LINT) run --config ../../.golangci.yml ./...
