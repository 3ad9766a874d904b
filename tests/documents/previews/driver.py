"""Renders many files in one child with the real limits: a decoder that dies takes it along.

python -I driver.py FOLDER    the files are called 000.jpg and so on; one line of JSON for each
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def main():
    sys.path.append(str(ROOT))
    from documents.rendering import child, limits

    bounds = {"memory": limits.MEMORY, "cpu": 120, "wall": 240, "output": limits.OUTPUT}
    child.set_limits(bounds)
    for path in sorted(Path(sys.argv[1]).iterdir()):
        kind = path.name.split("+", 1)[1].replace("+", "/")
        with path.open("rb") as content:
            asked = {"kind": kind, "page": 1, "edges": [200]}
            said, bodies = child.answer(content, asked)
        sizes = [len(body) for body in bodies]
        sys.stdout.write(json.dumps({"name": path.name, "sizes": sizes, **said}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
