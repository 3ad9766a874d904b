"""Who read what. Its table lies in each clinic's schema, so it is an app of its own."""
