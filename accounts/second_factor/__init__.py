"""The second factor of a login: codes of an authenticator app, and recovery codes.

A person has one for all clinics, as they have one password. `docs/signing-in.md` explains it.
"""
