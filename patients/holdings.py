"""Files that are to be imported lie in the store until their job is over."""

from documents.holdings import Holding, register
from patients.imports.sources import FOLDER, is_kept

register(Holding(f"system/temp/{FOLDER}/", is_kept))
