"""An emulated FileMaker in a process of its own: `python -m tests.filemaker.serve DOCS PICTURES PATIENTS [KB…]`.

Files are as small as can be, or of the sizes in KB, in turn.

Prints the importer's environment, the contacts and the number of files as `NAME=value`, an empty
line, and serves until its standard input ends.
"""

import sys

from tests.filemaker.emulator import Emulator


def main(docs: str, pictures: str, patients: str, *sizes: str) -> None:
    bytes_each = tuple(int(size) * 1024 for size in sizes) or (0,)
    with Emulator(
        docs=int(docs), pictures=int(pictures), patients=int(patients), sizes=bytes_each
    ) as emulator:
        emulator.frozen = True
        said = {
            **emulator.environment,
            "CONTACTS": ",".join(emulator.contacts),
            "FILES": sum(row.best is not None for row in emulator.docs + emulator.pictures),
        }
        for name, value in said.items():
            print(f"{name}={value}")  # noqa: T201
        print(flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
