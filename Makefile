# `make` lists what there is. Everything happens in .venv and build, beside the sources.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCALE := src/jposocial/locale
PO := $(LOCALE)/ja/LC_MESSAGES/jposocial.po
PYTEST_ARGS ?=
LOCK := build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-annotate \
	--custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: FORCE help setup dev demo run test tools check coverage catalogues bench soak lock clean

help:
	@echo 'make setup       .venv を用意します / make .venv with the program in it'
	@echo 'make demo        見本の投稿の予行演習 / rehearse the sample posts, on this machine alone'
	@echo 'make run         投稿を続けます（WORKSPACE=フォルダー） / publish what falls due, until Ctrl-C'
	@echo 'make test        すべての検査とテスト / all checks and all tests (PYTEST_ARGS="-k ...")'
	@echo 'make check       書式・型・依存関係の検査 / format, types, import contracts'
	@echo 'make coverage    テストの網羅率 / what the tests reach'
	@echo 'make catalogues  訳文の更新 / bring the translations up to date'
	@echo 'make bench       性能の測定（数分） / measure; takes minutes'
	@echo 'make soak        run を30分間痛めつけます / run under kills for half an hour (SOAK_ARGS="--minutes 5 --seed 1")'
	@echo 'make lock        依存の固定を更新 / pin the dependencies again (UPGRADE=1: newer ones)'
	@echo 'make clean       作ったものを消します / remove what make has made'
	@echo
	@echo 'Python の指定 / another Python: make setup PYTHON=python3.12'

# The requirement files name everything that is needed, so pip looks for nothing else: it would take
# a newer release of what another package asks for by an extra, and refuse it for want of a hash.
LOCKED := --no-deps --require-hashes --requirement

# The environment is made anew when it does not run, when the tree was copied or moved (it
# would go on using the old place), or when another Python is named than the one it has.
ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(VENV)/place 2>/dev/null),$(CURDIR))
$(VENV)/place: FORCE
else ifneq ($(origin PYTHON),file)
ifeq ($(wildcard $(VENV)/lib/python$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')),)
$(VENV)/place: FORCE
endif
endif

$(VENV)/place:
	@version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || { \
		echo '$(PYTHON) が動きません。Python 3.11 以上を入れるか、make $(MAKECMDGOALS) PYTHON=python3.12 のように指定してください。' >&2; \
		echo '$(PYTHON) does not run. Install Python 3.11 or later, or name one: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; \
		exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 以上が必要です（$(PYTHON) は $$version）。例: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
		echo "Python 3.11 or later is needed ($(PYTHON) is $$version), for example: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
		exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python $$version に venv がありません。Debian・Ubuntu では: sudo apt-get install python$$version-venv" >&2; \
		echo "Python $$version comes without venv. On Debian and Ubuntu: sudo apt-get install python$$version-venv" >&2; \
		exit 1; }; \
	echo "$(VENV) を作ります（Python $$version、初回は1分ほど） / making $(VENV), about a minute the first time"
	@$(PYTHON) -m venv --clear $(VENV)
	@printf '%s\n' "$(CURDIR)" >$@

$(VENV)/run.stamp: $(VENV)/place requirements/run.txt pyproject.toml
	@$(PIP) install $(LOCKED) requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/test.txt
	@$(PIP) install $(LOCKED) requirements/test.txt
	@touch $@

setup: $(VENV)/run.stamp

dev: $(VENV)/dev.stamp

demo: setup
	@$(BIN)/jposocial demo

# The nearest workspace from here upwards, or the one that is named; in this checkout the samples,
# whose accounts are all in sandbox mode.
WORKSPACE ?= .
RUN_ARGS ?=

run: setup
	@exec $(BIN)/jposocial --workspace '$(WORKSPACE)' run $(RUN_ARGS)

check: dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check tools
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

# The tests that need them are skipped without them; with JPOSOCIAL_TEST_ALL=1 they fail.
tools:
	@for name in "$$JPOSOCIAL_CHROMIUM" chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v "$$name" >/dev/null && exit 0; done; \
		echo 'Chromium がないため、画面のテストを飛ばします。Debian・Ubuntu では: sudo apt-get install chromium' >&2; \
		echo 'No Chromium: the tests of pages are skipped. On Debian and Ubuntu: sudo apt-get install chromium' >&2
	@command -v tidy >/dev/null || { \
		echo 'tidy がないため、HTML のテストを飛ばします。Debian・Ubuntu では: sudo apt-get install tidy' >&2; \
		echo 'No tidy: the tests of HTML are skipped. On Debian and Ubuntu: sudo apt-get install tidy' >&2; }

coverage: dev
	$(BIN)/python -m pytest -n auto --cov --cov-report=term $(PYTEST_ARGS)

# Click says its own words ("Usage:", "No such option …") through the same catalogue, marked
# by `_` and `ngettext`: they are taken from the Click in .venv, so a new release brings its own.
catalogues: dev
	$(BIN)/pybabel --quiet extract --no-default-keywords --keywords='msg:1 _:1 ngettext:1,2' \
		--project=jposocial --no-location --no-wrap --sort-output \
		--output-file=$(LOCALE)/jposocial.pot \
		src "$$($(BIN)/python -c 'import click; print(*click.__path__)')"
	@test -e $(PO) || $(BIN)/pybabel --quiet init --locale=ja --no-wrap --domain=jposocial \
		--input-file=$(LOCALE)/jposocial.pot --output-dir=$(LOCALE)
	$(BIN)/pybabel --quiet update --domain=jposocial --no-wrap --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date --input-file=$(LOCALE)/jposocial.pot --output-dir=$(LOCALE)
	$(BIN)/pybabel compile --domain=jposocial --directory=$(LOCALE) --statistics

# Others' programs, which `bench` is measured against, in an environment of their own.
build/peers/stamp: requirements/peers.txt
	$(PYTHON) -m venv --clear build/peers
	build/peers/bin/python -m pip --disable-pip-version-check --quiet install $(LOCKED) requirements/peers.txt
	@touch $@

bench: dev build/peers/stamp
	$(BIN)/python -m bench

# What takes longer than a test may: `run` under kills, then more of the quarters of misfortunes.
SOAK_ARGS ?=

soak: dev
	$(BIN)/python -m tests.soak $(SOAK_ARGS)
	JPOSOCIAL_SEEDS=10 $(BIN)/python -m pytest -n auto -q tests/dispatch/test_quarter.py

build/lock/bin/uv:
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv

lock: build/lock/bin/uv
	$(LOCK) pyproject.toml requirements/build.in --output-file requirements/run.txt
	$(LOCK) pyproject.toml requirements/build.in requirements/test.in \
		--constraint requirements/run.txt --output-file requirements/test.txt
	$(LOCK) requirements/peers.in --output-file requirements/peers.txt

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* htmlcov .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache $(LOCALE)/jposocial.pot
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
