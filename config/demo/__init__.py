"""The demo: two invented clinics, built through the services that people use."""

from config.demo.builder import build_all
from config.demo.plans import LOGINS, PASSWORD

__all__ = ["LOGINS", "PASSWORD", "build_all"]
