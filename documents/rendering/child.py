"""What runs in the child: limits first, then the decoders; the file comes as standard input.

    python -I child.py '{"kind": "application/pdf", "page": 1, "edges": [200], "memory": …, …}'

Standard output gets a line of JSON, then the bytes of the pictures one behind the other. A file
that cannot be shown is an answer too (`{"reason": …}`) and no error of the program.
"""

import json
import os
import resource
import signal
import sys
import warnings
from pathlib import Path
from typing import Any, BinaryIO

POLITE = 10  # whoever waits for a page goes before pictures that may come later


def set_limits(asked: dict[str, Any]) -> None:
    """Bound what this process may take, before any decoder is loaded."""
    for what, most in (
        (resource.RLIMIT_AS, asked["memory"]),
        (resource.RLIMIT_CPU, asked["cpu"]),
        (resource.RLIMIT_FSIZE, asked["output"]),
        (resource.RLIMIT_CORE, 0),  # a core would hold what the file shows
    ):
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (bound, bound))
        except (ValueError, OSError):  # macOS bounds no addresses; it is for trying things out
            if sys.platform == "linux":
                raise
    warnings.simplefilter("ignore")  # decoders' remarks may quote the file
    signal.alarm(asked["wall"])  # the end, also when whoever started us is gone


def answer(content: BinaryIO, asked: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Render a page; return the line that says what comes, and what comes."""
    from documents.rendering import limits

    render = _renderer(asked["kind"])  # what fails here says nothing of the file
    try:
        pages, found = render(content, asked["kind"], page=asked["page"], edges=asked["edges"])
    except limits.CannotRenderError as error:
        return {"reason": error.reason}, []
    except MemoryError:
        return {"reason": limits.OUT_OF_MEMORY}, []
    except NotImplementedError:
        return {"reason": limits.UNSUPPORTED}, []
    except Exception:  # noqa: BLE001  decoders answer damaged files with almost anything
        return {"reason": limits.DAMAGED}, []
    told = [
        {"edge": one.edge, "mime": one.mime, "width": one.width, "height": one.height}
        | {"length": len(one.content)}
        for one in found
    ]
    return {"pages": pages, "pictures": told}, [one.content for one in found]


def _renderer(kind: str) -> Any:
    if kind == "application/pdf":
        from documents.rendering.pages import render
    elif kind == "application/dicom":
        from documents.rendering.radiographs import render
    else:
        from documents.rendering.pictures import render
    return render


def main() -> None:
    asked = json.loads(sys.argv[1])
    set_limits(asked)
    os.nice(POLITE)
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    said, bodies = answer(sys.stdin.buffer, asked)
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
    for body in bodies:
        sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
