"""One running clinic for all workers of a test run: whoever comes first starts it.

Who started it stops it, when nobody uses it any more. Three locks' worth of care, as the workers
are processes that know nothing of each other.
"""

import contextlib
import fcntl
import json
from pathlib import Path

from tests.running import running
from tests.servers import DATA


@contextlib.contextmanager
def shared(name, module, **environment):
    """Yield what `running` says of the clinic `name`, started here or by another worker."""
    folder = DATA / "e2e"
    folder.mkdir(exist_ok=True)
    note = folder / f"{name}.json"
    with contextlib.ExitStack() as stack:
        gate = stack.enter_context((folder / f"{name}.gate").open("w"))
        users = stack.enter_context((folder / f"{name}.users").open("w"))
        fcntl.flock(gate, fcntl.LOCK_EX)
        ours = not note.exists()
        if ours:
            found = stack.enter_context(running(module, **environment))
            note.write_text(json.dumps({**found, "data": str(found["data"])}))
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        try:
            said = json.loads(note.read_text())
            yield {**said, "data": Path(said["data"])}
        finally:
            if ours:
                fcntl.flock(gate, fcntl.LOCK_EX)
                note.unlink()  # who comes now starts another
                fcntl.flock(gate, fcntl.LOCK_UN)
                fcntl.flock(users, fcntl.LOCK_EX)  # waits for the others
            else:
                fcntl.flock(users, fcntl.LOCK_UN)
