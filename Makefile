# Every target may be repeated and does only what is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: guide mails help setup setup-dev demo selftest test bench lint format lock histories

MUSUBI := .venv/bin/musubi
OUT ?= selftest-out
# One more than the cores of the smallest machine: whole journeys mostly wait.
PYTEST_WORKERS ?= 3
PYTEST_OPTIONS ?=

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install what the service and its demo need, and no more
	@requirements/install.sh runtime

setup-dev: ## install that and what the suite and the checks need
	@requirements/install.sh dev

demo: setup ## start everything with a seeded organisation; Ctrl-C stops it
	@exec $(MUSUBI) demo

selftest: setup ## carry an envelope through a stack of its own, on free ports
	@exec $(MUSUBI) selftest --start --out $(OUT)

test: setup-dev ## run the suite
	@exec .venv/bin/pytest -n $(PYTEST_WORKERS) --durations=25 --durations-min=5 $(PYTEST_OPTIONS)

bench: setup-dev ## measure speed: ratios in one run, table here and in var/bench.json
	@exec .venv/bin/python -m bench $(SUBJECTS)

mails: setup-dev ## draw every mail in both languages, as pictures in var/mails
	@exec .venv/bin/python -m tests.notices.pictures $(SUBJECTS)

guide: setup-dev ## draw the pictures of guide and manuals anew (SUBJECTS="signer clerk admin approver")
	@exec .venv/bin/python -m tests.guide $(SUBJECTS)

lint: setup-dev ## run every check that reads the code
	@exec requirements/lint.sh

format: setup-dev ## let ruff set the code
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

lock: setup-dev ## renew the locks from pyproject.toml and package.json
	@exec requirements/lock.sh

histories: setup-dev ## record the workflow histories that the replay gate reads
	@.venv/bin/python -m tests.histories.record
	@.venv/bin/python -m tests.histories.record_archive
	@.venv/bin/python -m tests.histories.record_verification
	@.venv/bin/python -m tests.histories.record_intake
