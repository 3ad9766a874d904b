# Needs Python >= 3.11, make and git; everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
# What settings demand, for checks that start no server. No secret: it opens nothing.
CHECK := DEBUG=on SECRET_KEY=for-checks-only FIELD_ENCRYPTION_KEYS=$$($(BIN)/python -c \
	'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')

.PHONY: install run test check bench format schema screenshots

install:
	@$(PYTHON) config/install.py

run: install
	@exec $(BIN)/python -m config.run

test: install
	@$(BIN)/python -m pytest $(ARGS)

check: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(CHECK) $(BIN)/mypy
	@$(CHECK) $(BIN)/lint-imports --no-logo
	@DEBUG=on $(BIN)/python manage.py makemigrations --check --dry-run
	@$(CHECK) $(BIN)/python manage.py spectacular --fail-on-warn --validate --file /dev/null

bench: install
	@DEBUG=on $(BIN)/python -m tests.bench

format: install
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: install
	@$(BIN)/python docs/screenshots.py
