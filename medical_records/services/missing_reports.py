"""Making the PDFs that a crash, or a store that was away, has left out."""

import logging

from accounts.errors import ProblemError
from medical_records.services.at_reports import missing_reports, store_report

log = logging.getLogger(__name__)


def store_missing_reports() -> int:
    """Store the PDF of each finalised report that has none; return how many were stored.

    One that cannot be stored does not stop the others; the next run tries it again.
    """
    stored = 0
    for report in missing_reports():
        try:
            store_report(report)
        except ProblemError as error:
            log.warning("The PDF of AT report %s cannot be stored yet: %s", report.pk, error.code)
        else:
            stored += 1
    return stored
