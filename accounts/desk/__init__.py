"""What staff keep for themselves: their saved filters. In each clinic's schema, so an app."""
