# make demo       hear the shipped models find their words in a shipped recording
# make test       install what the tests need and run them all, JOBS=2 at a time
# make coverage   the same, and which lines no test reaches (takes half as long again)
# make faults     kill the listener, its broker and its sound server, fill its disk, set its clock (quarter of an hour)
# make soak       AUDIO=FOLDER: a day of sound through the whole program (an hour); FOLDER holds corpora with a manifest.csv
# make lint       style, types and the import contract
# make clean      remove all that the others made

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
PIP := $(RUN)/python -m pip --disable-pip-version-check --quiet
HOURS ?= 24
JOBS ?= 2

.PHONY: demo test coverage faults soak lint clean system

demo: $(VENV)/.runtime
	$(RUN)/hark demo

test: $(VENV)/.develop system
	$(RUN)/pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(MORE)

coverage: MORE := --cov --cov-report=term
coverage: test

lint: $(VENV)/.develop
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy
	$(RUN)/lint-imports --no-cache

faults: $(VENV)/.develop system
	$(VENV)/bin/python -m tests.faults

soak: $(VENV)/.develop
	$(VENV)/bin/python benchmarks/soak.py $(or $(AUDIO),$(error give AUDIO=FOLDER)) $(HOURS)

system:
	scripts/system-packages

clean:
	rm -rf $(VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find edge train tests -name __pycache__ -prune -exec rm -rf {} +

# A stamp is newer than pyproject.toml once that was installed, so a second call starts at once.
$(VENV)/.runtime: $(VENV)/.created pyproject.toml
	@echo "Installing Hark into $(VENV)"
	$(PIP) install --editable .
	@touch $@

$(VENV)/.develop: $(VENV)/.created pyproject.toml
	@echo "Installing Hark with its training and test tools into $(VENV)"
	$(PIP) install --editable '.[train,dev]'
	@touch $(VENV)/.runtime $@

$(VENV)/.created:
	scripts/create-venv $(PYTHON) $(VENV)
	@touch $@
