#!/usr/bin/env python
"""Django's command line, with the embedded servers where no others are configured."""

import os
import sys

from config.runtime import RuntimeProblem, embedded_servers, prepare_environment

# These touch neither database nor broker, so they start nothing.
WITHOUT_SERVERS = {"check", "collectstatic", "diffsettings", "help", "spectacular", "version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        prepare_environment()
        if command in WITHOUT_SERVERS or "--help" in sys.argv:
            execute_from_command_line(sys.argv)
            return
        with embedded_servers():
            execute_from_command_line(sys.argv)
    except (RuntimeProblem, ImproperlyConfigured) as problem:
        sys.exit(f"chartvault: {problem}")


if __name__ == "__main__":
    main()
