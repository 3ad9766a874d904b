"""The people and organisations around patients."""

import pghistory
from django.db import models

from accounts.models import Entity
from patients.models.contact import ContactMixin


@pghistory.track()
class Company(Entity, ContactMixin):
    """A practice, a supplier, an insurer: an organisation the clinic deals with."""

    name = models.CharField(max_length=200)
    notes = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ("name", "id")
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class Person(Entity, ContactMixin):
    """A professional, perhaps of a company."""

    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        ordering = ("last_name", "first_name", "id")

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


@pghistory.track()
class Referrer(Person):
    """A doctor or other professional who sends patients."""

    specialty = models.CharField(max_length=100, blank=True)
    provider_number = models.CharField(max_length=50, blank=True)


@pghistory.track()
class Coordinator(Person):
    """Somebody at a funding body or agency who coordinates a patient's care."""

    position = models.CharField(max_length=100, blank=True, help_text="such as support coordinator")
    notes = models.TextField(max_length=2000, blank=True)
