"""What an old single-clinic system holds, and how it is moved into a clinic here."""
