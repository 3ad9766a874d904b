"""A forgotten password: a one-time link by e-mail, and a new password behind it."""
