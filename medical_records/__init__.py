"""What was observed, decided and done."""
