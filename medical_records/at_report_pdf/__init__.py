"""The PDF of an assistive technology report: plain data in, the same bytes out each time."""

from medical_records.at_report_pdf.render import render_at_report
from medical_records.at_report_pdf.sheet import ReportItem, ReportSheet

__all__ = ["ReportItem", "ReportSheet", "render_at_report"]
