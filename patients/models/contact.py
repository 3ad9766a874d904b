from django.db import models
from phonenumber_field.modelfields import PhoneNumberField


class ContactMixin(models.Model):
    """Contact fields that people and practices share."""

    email = models.EmailField("e-mail", max_length=254, blank=True)
    phone = PhoneNumberField(blank=True)
    address = models.TextField(max_length=500, blank=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        self.email = self.email.strip().lower()
