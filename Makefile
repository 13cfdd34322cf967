# `make demo` and `make test` are all a new machine needs. PYTHON=python3.12 picks an interpreter.
PYTHON ?= python3
VENV := .venv
DOORS := .venv-doors
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NEEDS_PYTHON := import sys; sys.exit("clearprop needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)

.PHONY: demo test test-slow test-gpu docs doors mutants fuzz lint bench clean view view-check screens definitions

demo: $(VENV)/.cli
	@echo "$$ clearprop train digits --out digits.clearprop"
	@"$(BIN)/clearprop" train digits --out digits.clearprop
	@echo
	@echo "$$ clearprop predict digits.clearprop digits --rows held-out --head 8"
	@"$(BIN)/clearprop" predict digits.clearprop digits --rows held-out --head 8
	@echo
	@echo "$$ clearprop compare wine --repeats 1"
	@"$(BIN)/clearprop" compare wine --repeats 1

test: $(VENV)/.test
	"$(BIN)/python" -m pytest -n auto -m "not slow"

test-slow: $(VENV)/.test
	"$(BIN)/python" -m pytest -n auto -m slow

# The JAX engine on a GPU beside NumPy: where JAX has one (pip install "jax[cuda13]").
test-gpu: $(VENV)/.test
	"$(BIN)/python" -m pytest -m gpu -rs tests/engines/jax/test_on_gpu.py

# Models out to and in from the real packages (ONNX, PyTorch, Keras, skops, Optuna, MLflow), and beside
# others (SHAP, LIME, imbalanced-learn, Dask, Ray, polars), in an environment of their own: none of
# these tests is skipped here.
doors: $(DOORS)/.made
	CLEARPROP_DOORS=all KERAS_BACKEND=jax "$(DOORS)/bin/python" -m pytest -q tests/doors tests/cli/test_export.py tests/estimators/test_as_a_user.py tests/estimators/test_inside_others.py

# Careless edits, one at a time: tests/mutants/README.md tells which test kills each.
# ONLY="patience reporting/" makes those with one of these words in their file or note.
mutants: $(VENV)/.test view/node_modules/.made
	"$(BIN)/python" tests/mutants/run.py $(ONLY)

# Changed files for everything that reads files, MINUTES long; make test feeds each some hundred.
# Where atheris can be installed, half of the time is guided by coverage. TARGET="table model" picks.
MINUTES ?= 60
TARGET ?=
fuzz: $(VENV)/.fuzz
	"$(BIN)/python" -W ignore -m tests.fuzz.run --minutes $(MINUTES) $(if $(TARGET),--only "$(TARGET)")

lint: $(VENV)/.lint
	"$(BIN)/ruff" check
	"$(BIN)/ruff" format --check
	"$(BIN)/mypy"

# The site, from docs/ into build/site: offline, and every warning is an error.
docs: $(VENV)/.docs
	@"$(BIN)/python" -m sphinx -c docs/site -W --keep-going -n -q -j auto -d build/site-read docs build/site
	@echo "open build/site/index.html"

bench: $(VENV)/.bench
	"$(BIN)/python" benchmarks/run.py --all

# The page's program, from TypeScript. Installing clearprop never needs this: what it makes is committed.
view: view/node_modules/.made
	cd view && npm run --silent check && npm run --silent build

# Every definition as data, for the page on which a network learns.
definitions: $(VENV)/.test
	"$(BIN)/python" -m clearprop.learning.exported
	"$(BIN)/python" -m clearprop.learning.known_slips

# Whether what is committed is what the sources make, byte for byte.
view-check: view/node_modules/.made
	cd view && npm run --silent check && OUT=node_modules/.built npm run --silent build
	@diff -rq view/node_modules/.built src/clearprop/view/static || { echo "src/clearprop/view/static is not what view/src makes: run make view, and commit what it writes"; exit 1; }

# The kept screens that the view's tests compare with, taken anew: look at them before committing.
screens: $(VENV)/.test
	CLEARPROP_SCREENS=write "$(BIN)/python" -m pytest -q tests/view/test_screens.py

view/node_modules/.made: view/package-lock.json
	cd view && npm ci --no-audit --no-fund --silent
	@touch "$@"

clean:
	rm -rf "$(VENV)" "$(DOORS)" view/node_modules digits.clearprop docs/_made build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.cli $(VENV)/.test $(VENV)/.fuzz $(VENV)/.lint $(VENV)/.bench $(VENV)/.docs: $(VENV)/.%: $(VENV)/.made pyproject.toml
	@echo "installing clearprop[$*] into $(VENV) ..."
	@$(PIP) --editable ".[$*]"
	@touch "$@"

$(DOORS)/.made: pyproject.toml
	@"$(PYTHON)" -c '$(NEEDS_PYTHON)'
	@"$(PYTHON)" -m venv "$(DOORS)"
	@echo "installing clearprop[doors] into $(DOORS) ..."
	@"$(DOORS)/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[doors]"
	@touch "$@"

$(VENV)/.made:
	@command -v "$(PYTHON)" >/dev/null || { echo "there is no $(PYTHON); clearprop needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c '$(NEEDS_PYTHON)'
	@"$(PYTHON)" -m venv "$(VENV)" || { rm -rf "$(VENV)"; echo "venv is missing: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	@touch "$@"
