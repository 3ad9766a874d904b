"""The document engine: any model's files, their bytes and their life. It knows no clinical model."""
