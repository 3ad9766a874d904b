"""The web application, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

import config.celery  # noqa: F401  shared_task finds the clinics' app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
