"""Documents and images from FileMaker's Data API."""
