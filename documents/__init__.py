"""The document engine: any model's files and their life. It knows no clinical model."""
