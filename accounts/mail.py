"""Sending an e-mail in text and HTML."""

import smtplib
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.errors import ProblemError
from accounts.models import Account


class MailUnavailableError(ProblemError):
    status = 503
    code = "mail_unavailable"
    detail = "The e-mail could not be sent at the moment. Try again later."


def send_mail(
    *,
    account: Account,
    to: str,
    subject: str,
    template: str,
    context: dict[str, Any],
    connection: BaseEmailBackend | None = None,
) -> None:
    """Send `<template>.txt` and `<template>.html`, with times in the clinic's own zone.

    What must not be in a log (links, addresses) belongs into the context, never into an error.
    `connection` is an open one, for many e-mails in a row.
    Raises `MailUnavailableError`.
    """
    with timezone.override(account.time_zone):
        text = render_to_string(f"{template}.txt", {"clinic": account.name, **context})
        page = render_to_string(f"{template}.html", {"clinic": account.name, **context})
    message = EmailMultiAlternatives(subject=subject, body=text, to=[to], connection=connection)
    message.attach_alternative(page, "text/html")
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        raise MailUnavailableError from error
