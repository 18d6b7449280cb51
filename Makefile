# Everything in two commands: `make bench` and `make test`. This file is thin; the work is in
# scripts/, CMakeLists.txt and the driver.
BUILD ?= build
PROFILE ?= default
ARGS ?=
export TIDEMARK_BUILD = $(BUILD)

manifest = $(BUILD)/allocators/manifest.tsv
cmake = cmake -S . -B $(BUILD) -G Ninja

.PHONY: help setup build install bench test claims calibration fuzz doctor report plots clean bench-real bench-addon instructions verify-verdicts conformance contention dist

help:
	@echo 'make bench [PROFILE=quick|default|long] [ARGS=...]   measure, report and plot'
	@echo 'make bench-real [ONLY=vite|next|variants|tokenizers|tools|...] [SIZE=3000]   real programs; docs/real.md'
	@echo 'make bench-addon [REPEAT=6] [MODULES=600]            an addon in Rust on ebb and mimalloc v3'
	@echo 'make test                                            run every test'
	@echo 'make instructions                                    count instructions per malloc/free pair'
	@echo 'make fuzz [SECONDS=...]                              fuzz ebb for longer than the tests do'
	@echo 'make conformance [ROUNDS=3]                          what ebb and others do inside addons, as a table'
	@echo 'make contention [ARGS=...]                           what threads do to each other inside ebb, counted'
	@echo 'make claims [ARGS=...]                               what public claims come to here'
	@echo 'make calibration                                     count bundle'\''s shape in the recorded build again'
	@echo 'make verify-verdicts [ARGS=--quick]                  what the verdicts are worth, by experiment (95 minutes)'
	@echo 'make dist                                            a release of the driver: an archive that needs glibc alone'
	@echo 'make setup                                           install what is missing, obtain allocators'
	@echo 'make build                                           compile'
	@echo 'make install [PREFIX=...]                            man pages, completions, and ebb'
	@echo 'make doctor                                          check this machine'
	@echo 'make report, make plots                              print, draw the last run again'
	@echo 'make clean                                           remove $(BUILD)'

setup:
	@scripts/setup.sh bench

# Set up once; again only when what decides it has changed. `make setup` always looks.
$(manifest): allocators/allocators.def $(patsubst %,scripts/%,requirements.tsv setup.sh fetch.sh allocators.sh build-library.sh charts.sh)
	@scripts/setup.sh bench

build: $(manifest)
	@[ -f $(BUILD)/build.ninja ] || $(cmake) >/dev/null
	@cmake --build $(BUILD)

install: build
	@cmake --install $(BUILD) $(if $(PREFIX),--prefix $(PREFIX))

bench: build
	@$(BUILD)/bin/tidemark run --profile=$(PROFILE) $(ARGS)

# Its settings are variables of the environment: see the top of the script.
bench-real: build
	@scripts/real/real.sh $(or $(ONLY),all)

bench-addon: build
	@scripts/real/real.sh addon
	@scripts/real/real.sh addon-times

instructions: build
	@scripts/setup.sh instructions
	@scripts/instructions.sh

test:
	@scripts/setup.sh test
	@$(cmake) -DTIDEMARK_TESTS=ON >/dev/null
	@cmake --build $(BUILD)
	@ctest --test-dir $(BUILD) --output-on-failure --parallel 3

ROUNDS ?= 3
conformance:
	@scripts/setup.sh test
	@$(cmake) -DTIDEMARK_TESTS=ON >/dev/null
	@cmake --build $(BUILD) >/dev/null
	@scripts/conformance.sh $(ROUNDS)

# What threads do to each other inside ebb: see the top of the script.
contention:
	@scripts/setup.sh test
	@$(cmake) -DTIDEMARK_TESTS=ON >/dev/null
	@cmake --build $(BUILD) >/dev/null
	@scripts/contention.sh $(ARGS)

verify-verdicts: build
	@scripts/setup.sh test
	@scripts/verify-verdicts.sh $(ARGS)

# Each of ebb's builds in turn; a failure names its seed (fuzz SECONDS THREADS SEED).
SECONDS ?= 200
fuzz:
	@scripts/setup.sh test
	@$(cmake) -DTIDEMARK_TESTS=ON >/dev/null
	@cmake --build $(BUILD)
	@set -e; for kind in -debug '' -tsan -ubsan; do \
	    echo "ebb-fuzz$$kind for $(SECONDS) s"; \
	    TSAN_OPTIONS=halt_on_error=1 $(BUILD)/allocators/ebb/tests/ebb-fuzz$$kind $(SECONDS); \
	done

dist:
	@scripts/setup.sh build
	@scripts/dist.sh $(BUILD)/dist

claims: build
	@scripts/claims.sh $(BUILD) $(ARGS)

calibration: build
	@scripts/calibration.sh $(BUILD)

doctor: build
	@$(BUILD)/bin/tidemark doctor

report: build
	@$(BUILD)/bin/tidemark report

plots: build
	@$(BUILD)/bin/tidemark plot

clean:
	rm -rf $(BUILD)
