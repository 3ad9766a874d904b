"""Patients from files: reading CSV and Excel, understanding cells, taking rows in by the batch."""
