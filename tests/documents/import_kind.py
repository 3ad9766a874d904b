"""A kind of work that attaches generated text files to a patient, and a store that is often away."""

import io
import os
from pathlib import Path

from documents.registry import policy_for_slug
from documents.services.importing import (
    Incoming,
    import_document,
    import_documents,
    outcome_code,
    take_back_document,
)
from documents.services.upload import NewDocument
from documents.storage import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from jobs.errors import ItemError
from jobs.kinds import Done, ItemKind, NewItem, Skipped, register
from patients.models import Patient


def content_of(n):
    return f"letter number {n}\n".encode()


@register
class AttachLetters(ItemKind):
    name = "attach_letters"
    title = "Attach letters"
    concurrency = 1
    max_attempts = 12

    def list_items(self):
        for n in range(self.parameters["number"]):
            yield NewItem(f"letter/{n}", {"n": n})

    def process(self, item):
        n = item.payload["n"]
        document, made = import_document(kind=self, **self.letter(item))
        if self.parameters.get("dies_after") == n and not Path(self.parameters["flag"]).exists():
            Path(self.parameters["flag"]).touch()
            os._exit(9)
        done = Done(outcome_code(document, "imported"))
        return done if made else Skipped(result={"document": str(document.pk)})

    def letter(self, item):
        n = item.payload["n"]
        content = self.parameters.get("content", {}).get(str(n), content_of(n).decode()).encode()
        return {
            "source_id": item.source_id,
            "policy": policy_for_slug("patients"),
            "owner": Patient.objects.get(pk=self.parameters["patient"]),
            "new": NewDocument(
                content=io.BytesIO(content), filename=f"letter {n}.txt", size=len(content)
            ),
            "facts": {"n": n},
        }

    def undo(self, link, target):
        if target is not None:
            take_back_document(target)


@register
class AttachLettersTogether(AttachLetters):
    """The same, a chunk at a stroke."""

    name = "attach_letters_together"
    source = AttachLetters.name
    together = True
    chunk = 7

    def process_together(self, items):
        results = import_documents(self, [Incoming(**self.letter(item)) for item in items])
        for item, result in zip(items, results, strict=True):
            if isinstance(result, ItemError):
                yield item, result
            else:
                done = Done(outcome_code(result[0], "imported"))
                yield item, done if result[1] else Skipped()


class FlakyStore(FileSystemObjectStore):
    """Fails one call in ten that writes or removes: before, or after it has done it."""

    calls = failed = 0

    def put(self, *args, **options):
        self._perhaps("before")
        super().put(*args, **options)
        self._perhaps("after")

    def remove(self, *args, **options):
        self._perhaps("before")
        return super().remove(*args, **options)

    def _perhaps(self, _when):
        cls = type(self)
        cls.calls += 1
        if cls.calls % 10 == 7:
            cls.failed += 1
            raise StoreError("The store is away for a moment.")
