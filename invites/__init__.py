"""Patients are invited to a login of their own: first the record, then the login."""
