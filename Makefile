# `make demo` shows the SDK at work, `make test` checks everything; `make` lists the rest.
# Another Python or another place for the virtual environment: make test PYTHON=python3.12 VENV=.venv312
# With the newest packages that pyproject.toml allows instead of the locked ones: make test DEPENDENCIES=newest

VENV     := .venv
LOWEST   := .venv-lowest
RELEASE  := .venv-release
# Windows keeps the commands of an environment elsewhere.
COMMANDS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN      := $(VENV)/$(COMMANDS)

# The first Python that really runs, is new enough and can make a virtual environment. (A name on the PATH proves
# nothing: version managers leave commands there that refuse to run.) Evaluated only when an environment is made.
CANDIDATES := python3.13 python3.12 python3.11 python3.10 python3 python
PYTHON ?= $(shell for name in $(CANDIDATES); do \
	if $$name -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; \
	then echo $$name; break; fi; done)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start hundreds of programs: with this, each would compile all it imports anew.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL := -m pip install --quiet
# Python compiles what it imports; most of these packages' modules never are.
QUICKLY := --no-compile
DEPENDENCIES := locked
# Not tested with the oldest run-time packages: what does not depend on them, needs extras, or is tested below it.
ABOVE_THE_SDK := cli docs etxt examples meta sandbox sync tables testing test_config.py test_exclusive.py test_paging.py \
	test_prefetch*.py test_profiles.py test_progress.py test_typing.py test_watch.py test_whole_file.py \
	transport/test_limiter*.py transport/test_once.py transport/test_state_*.py

# The steps share one environment, and their report reads from top to bottom: one at a time, `make -j` included.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test slow faults fuzz mutants bench bench-quick lint docs screenshots api lock hooks audit dist install-check release-check release publish pages clean

define step
	@printf '\n== %s\n' "$(1)"
endef

# Makes the environment $(1).
define make_venv
	@test -n '$(PYTHON)' || { echo 'No usable Python: 3.10 or newer with the modules venv and ensurepip is needed' \
		'(on Debian the package python3-venv). Tried: $(CANDIDATES). Name yours: make PYTHON=/path/to/python' >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' || { \
		echo '$(PYTHON) cannot be used: Python 3.10 or newer with the modules venv and ensurepip is needed' >&2; exit 1; }
	@printf '\n== %s\n' "Make $(1) with $(PYTHON)"
	'$(PYTHON)' -m venv $(1)
endef

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed-demo  ## both marketplaces at work, in the sandbox on this machine
	@$(BIN)/kwork-etxt demo

test: lint $(LOWEST)/.installed  ## everything that must hold before a change is merged
	$(call step,Tests with branch coverage)
	$(BIN)/python -m pytest --quiet --numprocesses=auto --cov --cov-report=term
	$(call step,Tests with the oldest run-time packages)
	$(LOWEST)/$(COMMANDS)/python -m pytest --quiet --numprocesses=auto $(foreach name,$(ABOVE_THE_SDK),'--ignore-glob=tests/$(name)')
	$(call step,Source distribution and wheel)
	$(BIN)/python -m tools.check_dist

slow: $(VENV)/.installed-dev  ## the tests that take longer
	$(BIN)/python -m pytest -m slow -o faulthandler_timeout=1800

faults: $(VENV)/.installed-dev  ## what becomes of calls when networks and programs fail: 20 scenarios, a table
	@$(BIN)/python tools/faults.py

fuzz: $(VENV)/.installed-dev  ## 100,000 damaged answers: only our own errors may come out
	$(BIN)/python tools/fuzz.py

mutants: $(VENV)/.installed-dev  ## breaks copies of the rate limiter on purpose: each mistake must turn a test red
	$(BIN)/python tools/mutants.py

bench:  ## how fast it is, against its peers: a table, saved in benchmarks/results; about ten minutes
	@$(or $(PYTHON),python3) -m benchmarks

bench-quick:  ## the same rows with fewer rounds and smaller numbers: about two minutes
	@$(or $(PYTHON),python3) -m benchmarks --quick

lint: $(VENV)/.installed-dev  ## style, format and types
	$(call step,Style)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(call step,Types)
	$(BIN)/mypy

docs: $(VENV)/.installed-docs  ## the documentation, in docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

api: $(VENV)/.installed-dev  ## write down anew what is public; says what that breaks
	@$(BIN)/python -m tools.api

lock: $(RELEASE)/.installed  ## pin the packages of development again; UPGRADE=1 takes the newest
	$(RELEASE)/$(COMMANDS)/python tools/lock.py $(if $(UPGRADE),--upgrade)

hooks: $(VENV)/.installed-dev $(RELEASE)/.installed  ## let git check style, types and messages before it commits
	$(RELEASE)/$(COMMANDS)/pre-commit install

audit: $(RELEASE)/.installed  ## known vulnerabilities of the pinned packages; status 75 if nobody could be asked
	@$(RELEASE)/$(COMMANDS)/python -m tools.audit

dist: $(VENV)/.installed-dev $(RELEASE)/.installed  ## build both distributions twice, compare and check them, in dist
	$(BIN)/python -m tools.check_dist --out dist --tag "$${TAG:-}"
	$(RELEASE)/$(COMMANDS)/twine check --strict dist/*.whl dist/*.tar.gz

install-check: $(VENV)/.installed-dev  ## the wheel at work in empty environments; PYTHONS="python3.10 python3.13"
	$(BIN)/python -m tools.check_install $(PYTHONS)

release-check: $(RELEASE)/.installed  ## the next version and its notes; changes nothing
	@$(RELEASE)/$(COMMANDS)/python -m tools.release_check

release: $(RELEASE)/.installed  ## write version and changelog, commit and tag them here; pushes nothing
	@$(RELEASE)/$(COMMANDS)/python -m tools.release_check --release

publish: $(RELEASE)/.installed  ## upload dist to the registry that TWINE_REPOSITORY_URL names
	@test -n "$$TWINE_REPOSITORY_URL" || { echo 'make publish: TWINE_REPOSITORY_URL must name the registry' >&2; exit 1; }
	$(RELEASE)/$(COMMANDS)/twine upload --non-interactive dist/*.whl dist/*.tar.gz

pages: docs  ## put the documentation on the branch PAGES_BRANCH of origin
	@$(BIN)/python -m tools.pages

screenshots: $(VENV)/.installed-dev  ## the pictures in the documentation; needs Chromium
	@$(BIN)/python tools/screenshots.py

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(LOWEST) $(RELEASE) .venv-bench-* build dist docs/_build *.egg-info .coverage .coverage.* htmlcov \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis .tox
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp says that its extras are installed as these files (and the constraints) now want them.
METADATA := pyproject.toml kwork_etxt_sdk/_version.py

$(VENV)/.made:
	$(call make_venv,$(VENV))
	@touch $@

$(VENV)/.installed-demo: $(VENV)/.made $(METADATA)
	$(call step,Install for the demo)
	$(BIN)/python $(PIP_INSTALL) -e '.[cli,sandbox]'
	@touch $@

ifeq ($(DEPENDENCIES),locked)
$(VENV)/.installed-dev: $(VENV)/.made $(METADATA) constraints/dev.txt
	$(call step,Install the locked packages of development)
	@$(BIN)/python tools/lock.py --check
	$(BIN)/python $(PIP_INSTALL) $(QUICKLY) --no-deps --require-hashes -r constraints/dev.txt
	PYTHONWARNINGS=ignore $(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $(VENV)/.installed-demo $@

$(VENV)/.installed-docs: $(VENV)/.installed-dev
	@touch $@
else
$(VENV)/.installed-dev: $(VENV)/.made $(METADATA)
	$(call step,Install the newest packages for development)
	$(BIN)/python $(PIP_INSTALL) --upgrade --upgrade-strategy eager -e '.[dev,all]'
	@touch $(VENV)/.installed-demo $@

$(VENV)/.installed-docs: $(VENV)/.made $(METADATA)
	$(call step,Install the newest packages for the documentation)
	$(BIN)/python $(PIP_INSTALL) --upgrade --upgrade-strategy eager -e '.[docs,cli,sandbox]'
	@touch $(VENV)/.installed-demo $@
endif

$(LOWEST)/.made:
	$(call make_venv,$(LOWEST))
	@touch $@

$(RELEASE)/.made:
	$(call make_venv,$(RELEASE))
	@touch $@

$(RELEASE)/.installed: $(RELEASE)/.made constraints/release.txt
	$(call step,Install the tools of a release)
	$(RELEASE)/$(COMMANDS)/python $(PIP_INSTALL) --require-hashes -r constraints/release.txt
	@touch $@

$(LOWEST)/.installed: $(LOWEST)/.made $(METADATA) constraints/lowest.txt
	$(call step,Install the oldest run-time packages)
	$(LOWEST)/$(COMMANDS)/python $(PIP_INSTALL) $(QUICKLY) -c constraints/lowest.txt -e '.[testing]' hypothesis pytest-xdist trustme
	@touch $@
