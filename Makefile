# One-word tasks. Each sets up what it needs: only python3 and make are assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Workers and servers of tests must never reach outside; TensorFlow keeps quiet.
export TF_CPP_MIN_LOG_LEVEL ?= 3
# Tests start hundreds of processes: each would compile what it imports where no bytecode is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test unit system models exporters browser check audit fuzz faults installs bench cluster docs protos lock format clean

# Bytecode is made once here, as pip does: else each process that imports TensorFlow and
# Beam compiles them again, for some 8 CPU-seconds.
setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock requirements/uv.lock setup.py pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  -r requirements/uv.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --require-hashes --compile-bytecode \
	  -r requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# Tests in as many processes as JOBS; those that share what is made for them share a process.
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder

test: unit system

# Every test without TensorFlow, a browser, a process of its own or a file of whole evaluations:
# under 90 seconds.
unit: setup
	$(PYTEST) -m "not system" tests

system: setup browser
	$(PYTEST) -m system tests

# Other models than TensorFlow's, real ones, in an environment of its own without TensorFlow and
# TFMA: models.lock and torch.lock. By pip, which finds a CPU build of torch where PIP_FIND_LINKS
# names one; else that of the index is taken, which on Linux needs CUDA's libraries.
MODELS_VENV := .venv-models
MODELS_PIP := $(MODELS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps
models: $(MODELS_VENV)/.ready
	OMP_WAIT_POLICY=PASSIVE $(MODELS_VENV)/bin/python -m pytest -m models tests/models

$(MODELS_VENV)/.ready: requirements/models.lock requirements/torch.lock setup.py pyproject.toml
	$(PYTHON) -m venv $(MODELS_VENV)
	$(MODELS_PIP) --require-hashes --no-index -r requirements/torch.lock \
	  || $(MODELS_PIP) --require-hashes -r requirements/torch.lock
	$(MODELS_PIP) --require-hashes -r requirements/models.lock
	$(MODELS_PIP) --no-build-isolation -e .
	touch $@

# Exporters and the Kubeflow component with the real clients, against servers on loopback, in an
# environment of its own.
EXPORTERS_VENV := .venv-exporters
exporters: $(EXPORTERS_VENV)/.ready
	$(EXPORTERS_VENV)/bin/python -m pytest -m exporters tests/exporters

$(EXPORTERS_VENV)/.ready: requirements/exporters.lock setup.py pyproject.toml | setup
	$(PYTHON) -m venv $(EXPORTERS_VENV)
	$(BIN)/uv pip sync --quiet --python $(EXPORTERS_VENV)/bin/python --require-hashes requirements/exporters.lock
	$(BIN)/uv pip install --quiet --python $(EXPORTERS_VENV)/bin/python --no-deps --no-build-isolation -e .
	touch $@

# The demo: made-up comments, a Keras classifier, counterfactuals, CLP, report.
demo: setup
	$(BIN)/python examples/make_demo_data.py --output_dir build/demo_data
	$(BIN)/fairflip run --config examples/demo.textproto --overwrite
	@echo "report: build/demo/report.html"

# The browser tests need a Chromium; says what is missing where it cannot install.
browser:
	@sh tools/install_browser.sh

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	rm -rf build/typecheck build/lib
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --target build/typecheck .
	cd build/typecheck && ../../$(BIN)/mypy --config-file ../../pyproject.toml --python-executable ../../$(BIN)/python -p fairflip
	$(BIN)/python tools/generate_protos.py --check
	$(BIN)/python tools/generate_reference.py --check
	$(BIN)/python tools/check_debris.py
	$(BIN)/python tools/audit_dependencies.py
	$(BIN)/python -m pytest -q tests/test_import_directions.py

# The nightly forms of suites that `make test` runs small: fuzzing, which prints its counts, and
# the tests of properties of every folder; writes that are broken.
fuzz: export FAIRFLIP_FUZZ_EXAMPLES = 2000
fuzz: setup
	FAIRFLIP_FUZZ_RUNS=20000 FAIRFLIP_FUZZ_FILES=10000 $(BIN)/python -m pytest -rP tests/fuzz
	$(PYTEST) -m hypothesis --ignore=tests/fuzz tests

faults: setup
	FAIRFLIP_FAULT_POINTS=all $(BIN)/python -m pytest -s tests/end_to_end/test_faults.py

# The lock against a database of known faults; says so where none can be reached.
audit: setup
	$(BIN)/python tools/audit_dependencies.py

# Every way of installing, each in an environment without the others.
installs: setup
	$(BIN)/python tools/check_install.py wheel sdist editable resolve lean python3.10 python3.13

bench: setup
	$(BIN)/python -m benchmarks.run_all

# The same evaluation here and on your own cluster, in FOLDER, which its workers must reach, with
# RUNNER's flags; prints the table of parity.
cluster: setup
	$(BIN)/python -m benchmarks.dataflow.parity --folder=$(FOLDER) $(RUNNER)

# The documentation as build/site/index.html; the reference pages are made from the sources.
docs: setup
	$(BIN)/python tools/generate_reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "documentation: build/site/index.html"

protos: setup
	$(BIN)/python tools/generate_protos.py
	$(BIN)/python tools/generate_reference.py
	$(BIN)/python examples/dataflow/make_template.py --metadata=examples/dataflow/metadata.json

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The universal locks for Python 3.10 to 3.13, with the hashes of the index's files. The
# overrides drop two packages that fairness-indicators declares and never imports; hence
# --no-deps above.
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.10 --no-header --generate-hashes
lock: setup
	$(COMPILE) --override requirements/overrides.txt requirements/all.in -o requirements.lock
	$(COMPILE) --override requirements/overrides.txt --constraint requirements.lock \
	  requirements/workers.in -o requirements/workers.lock
	$(COMPILE) --override requirements/overrides.txt --constraint requirements.lock \
	  requirements/lean.in -o requirements/lean.lock
	$(COMPILE) --override requirements/overrides.txt --override requirements/models_overrides.txt \
	  --constraint requirements.lock requirements/models.in -o requirements/models.lock
	$(COMPILE) --override requirements/overrides.txt --constraint requirements/lean.lock \
	  requirements/exporters.in -o requirements/exporters.lock
	$(COMPILE) requirements/uv.in -o requirements/uv.lock

clean:
	rm -rf build dist *.egg-info $(VENV) $(MODELS_VENV) $(EXPORTERS_VENV)
