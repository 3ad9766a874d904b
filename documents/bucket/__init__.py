"""How the S3 bucket must be set up: what is wanted, what is there, and what S3 would refuse."""
