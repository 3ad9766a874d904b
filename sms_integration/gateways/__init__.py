"""The companies that carry messages, one folder each."""
