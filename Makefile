# `make run` and `make test` are all that a newcomer needs; `make help` lists the rest.

export PYTHON ?= python3
PREFIX ?= /usr/local
BIND ?= 127.0.0.1:8000
EXAMPLE ?= flask

# The Swift runtime goes into the programs: they run where no Swift is installed.
# No program is linked against another one, so no symbol of a program has to be exported.
SWIFT_BUILD := swift build -c release --static-swift-stdlib -Xlinker --no-export-dynamic
SWIFT_TEST := swift test --traits Decorators,Hummingbird
BIN := .build/release
E2E := Tests/EndToEnd
WHEEL := Packaging/wheel
# Where packages are put.
DIST ?= .build/dist
SWIFT_SOURCES := Sources Tests Examples Fuzz Package.swift
# Seconds for each fuzz target, and which ones.
FUZZ_TIME ?= 60
FUZZ_TARGETS ?= http1 answers http2 hpack ranges names hello proxy uwsgi scgi fastcgi fastcgi-answers cgi-heads \
	configuration import

.PHONY: help run build test test-swift test-decorators test-end-to-end matrix lint format docs docc site screenshots bench soak fuzz install wheel deb \
	tarball sbom release release-twice clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

run: build ## serve an example at http://127.0.0.1:8000 (EXAMPLE=django for another one, BIND=HOST:PORT for another address)
	@exec Scripts/run-example $(EXAMPLE) $(BIND)

build: ## build martlet, the Swift programs and the worker library for release
	@Scripts/check-tools swift
	$(SWIFT_BUILD)

test: test-swift test-end-to-end ## run every test

# With the decorators, which are not in the release build: both ways are built, and this one once for all tests.
test-swift:
	@Scripts/check-tools swift
	$(SWIFT_TEST) --skip FuzzTests
	$(SWIFT_TEST) --skip-build --filter FuzzTests

test-decorators: ## run the tests of @GET and its like alone
	@Scripts/check-tools swift
	$(SWIFT_TEST) --filter 'MartletMacrosTests|MartletDecoratorsTests|RouteSectionTests'

test-end-to-end: build $(E2E)/.venv/.complete
	$(E2E)/.venv/bin/python -m pytest $(E2E) -m "not soak" -n 3 --dist loadfile $(PYTEST_ARGS)

matrix: build $(E2E)/.venv/.complete ## every listener with every application, as a table
	$(E2E)/.venv/bin/python -m pytest -p matrix_summary $(E2E)/test_matrix.py -q $(PYTEST_ARGS)

lint: build ## check format, layers, generated pages and the sizes of types
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	swift package dump-package | $(PYTHON) Scripts/check-layers
	Scripts/check-docs $(BIN)/martlet
	$(PYTHON) Scripts/check-snippets
	$(PYTHON) Scripts/faults-page --check
	$(PYTHON) Scripts/matrix-page --check
	$(PYTHON) Scripts/file-sizes

format: ## format the Swift sources
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)

docs: build ## write the generated pages
	$(BIN)/martlet settings --markdown > docs/reference/settings.md
	$(BIN)/martlet settings --markdown --import > docs/reference/import.md
	$(PYTHON) Scripts/faults-page > docs/reference/faults.md
	$(PYTHON) Scripts/matrix-page > docs/reference/matrix.md

# The modules that are products, each with the page of its catalog. What DocC warns of fails, but for parameters that are left out of a
# comment: what they are is said where their names do not.
DOCC_MODULES := Martlet MartletFramework MartletGateway MartletTemplates MartletForms MartletSessions MartletWebSocket \
	MartletTesting MartletJWT MartletSQLite MartletTracing MartletHummingbird

docc: ## write the documentation of the modules to .build/docc
	@Scripts/check-tools swift
	MARTLET_DOCC=1 swift package --traits Decorators,Hummingbird --allow-writing-to-directory .build/docc generate-documentation \
		$(addprefix --target ,$(DOCC_MODULES)) --enable-experimental-combined-documentation --warnings-as-errors \
		--disable-parameters-and-returns-validation \
		--output-path .build/docc

# Pages that lead nowhere fail. SITE_URL says where it will be: without it there is no sitemap, and the page for what is missing is for a host of its own.
site: docs/site/.venv/.complete ## write the documentation as a site to .build/site (SITE_URL=https://HOST/FOLDER/)
	Scripts/site-pages .build/site
	NO_MKDOCS_2_WARNING=1 docs/site/.venv/bin/python -m mkdocs build --strict --clean --config-file .build/site/mkdocs.yml
	[ -n "$$SITE_URL" ] || rm .build/site/site/sitemap.xml*
	@echo "The site is in .build/site/site: $(BIN)/martlet static .build/site/site"

screenshots: build site $(E2E)/.venv/.complete ## pictures of the product's pages and of the documentation, light, dark and on a phone
	$(E2E)/.venv/bin/python $(E2E)/screenshots.py .build/screenshots

bench: build ## measure Martlet and its peers side by side
	$(PYTHON) Benchmarks/compare.py $(BENCH_ARGS)

soak: build $(E2E)/.venv/.complete ## the long tests; they end within 15 minutes, but for a first build of the fuzzer
	$(E2E)/.venv/bin/python -m pytest $(E2E) -m soak $(PYTEST_ARGS)
	$(MAKE) fuzz FUZZ_TIME=20

fuzz: ## look for bytes that break a rule of Fuzz/Rules (FUZZ_TIME=600 FUZZ_TARGETS=http1)
	@Scripts/check-tools swift
	Scripts/fuzz $(FUZZ_TIME) $(FUZZ_TARGETS)

install: build ## install to PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/martlet
	install -m 755 $(BIN)/martlet $(DESTDIR)$(PREFIX)/bin/martlet
	install -m 644 $(BIN)/libMartletWorker.so $(DESTDIR)$(PREFIX)/lib/martlet/libMartletWorker.so
	$(PYTHON) Packaging/stamp $(DESTDIR)$(PREFIX)/bin/martlet

deb: build ## the Debian package, into .build/dist
	$(PYTHON) Packaging/debian/build $(BIN) $(DIST)

tarball: build ## the archive with install.sh, into .build/dist
	$(PYTHON) Packaging/tarball/build $(BIN) $(DIST)

sbom: build ## what the programs consist of (SPDX), into .build/dist
	@mkdir -p $(DIST)
	$(PYTHON) Packaging/sbom $(BIN) $(DIST)/martlet.spdx.json

release: build ## everything that is released, with checksums, into .build/dist
	rm -rf $(DIST)
	$(MAKE) wheel deb tarball sbom
	cd $(DIST) && sha256sum -- * >SHA256SUMS && cat SHA256SUMS

# The programs are those that are built: whether Swift gives the same bits twice is another question.
release-twice: release ## package everything a second time, and compare the bits
	rm -rf .build/again
	$(MAKE) wheel deb tarball sbom DIST=.build/again
	cd .build/again && sha256sum --check $(CURDIR)/$(DIST)/SHA256SUMS

# For the processor that it is built on: x86_64 is what is built and tested, aarch64 has never been built.
wheel: build $(WHEEL)/.venv/.complete ## what pip installs, into .build/dist
	$(WHEEL)/.venv/bin/python $(WHEEL)/build.py $(DIST)

clean: ## remove what was built and installed here
	rm -rf .build .venv $(E2E)/.venv $(WHEEL)/.venv docs/site/.venv Examples/*/.venv

# A virtual environment is complete when everything of its requirements is in it.
docs/site/.venv/.complete: docs/site/requirements.txt Scripts/make-venv
	Scripts/make-venv docs/site/.venv docs/site/requirements.txt

$(E2E)/.venv/.complete: $(E2E)/requirements.txt requirements.txt $(wildcard Examples/*/requirements.txt) Scripts/make-venv
	Scripts/make-venv $(E2E)/.venv $(E2E)/requirements.txt

$(WHEEL)/.venv/.complete: $(WHEEL)/requirements.txt Scripts/make-venv
	Scripts/make-venv $(WHEEL)/.venv $(WHEEL)/requirements.txt
