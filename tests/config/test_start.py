"""What a process loads that does nothing yet: each web process and worker pays for it."""

import os
import subprocess
import sys

# What only some work needs, and some MB each: loaded with the first such work.
LATER = ("openpyxl", "pydicom", "pypdfium2", "reportlab", "rich", "twilio", "typst")
LOADED = f"""
import sys, django
django.setup()
import config.urls
print([name for name in {LATER!r} if name in sys.modules])
"""


def test_a_process_loads_no_library_before_its_work():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", LOADED]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"
