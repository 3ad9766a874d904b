# Needs Python >= 3.11, make and git; everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
# What settings demand, for checks that start no server. No secret: it opens nothing.
CHECK := DEBUG=on SECRET_KEY=for-checks-only FIELD_ENCRYPTION_KEYS=$$($(BIN)/python -c \
	'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')

.PHONY: install build run dev test e2e check check-server check-app bench format types screenshots

install:
	@$(PYTHON) config/install.py

build: install
	@$(BIN)/python -m config.frontend_build build

run: build
	@exec $(BIN)/python -m config.run

dev: build
	@exec $(BIN)/python -m config.frontend_build dev

# With ARGS only what they name; without, the app's own tests come first.
test: build
	@$(if $(ARGS),true,$(BIN)/python -m config.frontend_build test)
	@$(BIN)/python -m pytest $(ARGS)

e2e: build
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

check: install
	@$(MAKE) --no-print-directory -j2 check-server check-app

check-server:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(CHECK) $(BIN)/mypy
	@$(CHECK) $(BIN)/lint-imports --no-logo
	@DEBUG=on $(BIN)/python manage.py makemigrations --check --dry-run

# The API's description too, as the app's types are made from it.
check-app:
	@$(CHECK) $(BIN)/python -m config.frontend_build check

bench: build
	@DEBUG=on $(BIN)/python -m tests.bench

format: install
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python -m config.frontend_build format

types: install
	@$(CHECK) $(BIN)/python -m config.frontend_build types

screenshots: build
	@$(BIN)/python -m docs.screenshots
