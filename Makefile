# `make` alone lists the targets.
PORT ?= 8000
SYSTEM_PYTHON ?= python3
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup site zip serve pdf check test test-fast bench lock clean
