PYTHON ?= python3
RUN = .venv/bin/python
PYTEST = $(RUN) -m pytest $(if $(CI),--color=no)

.PHONY: help setup lab fresh test handout solutions grader notebooks ledger sources site pdf weights bench lint lock

help:
	@echo "make lab                            set up, copy the notebooks to work/, open JupyterLab"
	@echo "make fresh NOTEBOOK=01_chain_rule   bring back one notebook; yours is kept beside it"
	@echo "make test                           set up, run every test: code, notebooks, browser"
	@echo "make handout [NOTEBOOK=02_nade]     notebooks for a class in handout/: no answers, no outputs"
	@echo "make solutions [NOTEBOOK=02_nade]   the same in solutions/, each answer in its cell"
	@echo "make grader [NOTEBOOK=02_nade]      the checkers for otter-grader, in grader/"
	@echo "make notebooks [NOTEBOOK=02_nade]   run notebooks/src/*.py into notebooks/*.ipynb"
	@echo "make ledger                         gather what the lecture said into notebooks/LECTURE.md"
	@echo "make sources                        where each number of the prose comes from, in tests/sources.txt"
	@echo "make site [NOTEBOOK=02_nade]        the notebooks as pages that play in a browser, in _site/"
	@echo "make pdf                            those pages as PDF, in pdf/ (needs Chromium or Chrome)"
	@echo "make weights NAME=nade_orders       train the weights that a notebook loads; DATA=PATH where needed, PROCESSES=2"
	@echo "make bench                          measure: every file of benchmarks/"
	@echo "make lint                           check the style"
	@echo "make lock                           write requirements.lock from requirements.in"
	@echo "make setup                          only set up; the others do it when needed"
	@echo "PYTHON=python3.12 names the Python to set up with; LAB_ARGS=\"--no-browser\" goes to JupyterLab"

setup:
	@command -v "$(PYTHON)" >/dev/null || { echo "setup: no $(PYTHON) here; install Python 3.11 or newer" >&2; exit 1; }
	@"$(PYTHON)" tools/setup.py

lab: setup
	@$(RUN) tools/lab.py $(LAB_ARGS)

fresh: setup
	@$(RUN) tools/lab.py --fresh $(NOTEBOOK)

handout: setup
	@$(RUN) tools/handout.py $(NOTEBOOK)

solutions: setup
	@$(RUN) tools/handout.py --solutions $(NOTEBOOK)

grader: setup
	@$(RUN) tools/grader.py $(NOTEBOOK)

# side by side on two cores, in a browser where there is one: the code beside the notebooks, in parts of equal length
FIRST = 01_ or 07_ or 12_
SECOND = 04_ or 05_ or 10_
THIRD = 02_ or 06_ or 08_
NOTEBOOKS = test-first test-second test-third test-others

test: lint
	$(MAKE) -j2 $(if $(filter output-sync,$(.FEATURES)),-O) test-code $(NOTEBOOKS) test-lab

.PHONY: test-code test-notebooks test-lab $(NOTEBOOKS)
test-code:
	$(PYTEST) tests --ignore=tests/notebooks -q

test-notebooks: $(NOTEBOOKS) test-lab

test-lab:
	$(PYTEST) tests/notebooks --ignore=tests/notebooks/test_run.py -q -rs

test-first: WHICH = $(FIRST)
test-second: WHICH = $(SECOND)
test-third: WHICH = $(THIRD)
test-others: WHICH = not ($(FIRST) or $(SECOND) or $(THIRD))
$(NOTEBOOKS):
	$(PYTEST) tests/notebooks/test_run.py -q -rs -k "$(WHICH)"

notebooks: setup
	$(RUN) tools/notebooks.py $(NOTEBOOK)

ledger: setup
	@$(RUN) tools/ledger.py

sources: setup
	$(RUN) tools/sources.py

.PHONY: setup-site
setup-site: setup
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-site.lock

site: setup-site
	$(RUN) site/build.py $(NOTEBOOK)

pdf: site
	$(RUN) site/pdf.py

weights: setup
	$(RUN)$(if $(PROCESSES), -m torch.distributed.run --standalone --nproc-per-node $(PROCESSES)) -m genlib.recipes $(NAME) $(if $(DATA),--data $(DATA))

# paired.py reads what the others keep
MEASURED = $(filter-out %/parts.py %/paired.py, $(sort $(wildcard benchmarks/*.py))) benchmarks/paired.py

bench: setup
	for file in $(MEASURED); do $(RUN) $$file || exit 1; done

lint: setup
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

lock: setup
	$(RUN) tools/lock.py $(LOCK_ARGS)
