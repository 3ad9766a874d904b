"""What a rendering may take, and the renderer's version. No imports: the child reads it too."""

VERSION = 1  # of the renderer; raise it, and previews that an older one made are made anew
EDGES = (200, 800)  # pixels of a preview's longer side
MOST_PAGES = 100  # of a file, that previews are made of
MOST_PIXELS = 40_000_000  # of a picture that must be decoded whole; a JPEG is decoded small
MEMORY = 1024**3  # bytes of addresses
CPU = 20  # seconds of a processor
WALL = 40  # seconds by the clock
OUTPUT = 8 * 1024**2  # bytes of all pictures of a page together

# Why there is no picture; kept with the preview and given out with the placeholder.
DAMAGED = "damaged"  # the decoder could not make sense of it
TOO_LARGE = "too_large"  # more pixels than are decoded
OUT_OF_MEMORY = "out_of_memory"
TIMED_OUT = "timed_out"
CRASHED = "crashed"  # the child was killed, or gave no sound answer
UNSUPPORTED = "unsupported"  # an encoding that nothing here decodes
ENCRYPTED = "encrypted"
NO_SUCH_PAGE = "no_such_page"
REASONS = frozenset(
    {
        *(DAMAGED, TOO_LARGE, OUT_OF_MEMORY, TIMED_OUT, CRASHED),
        *(UNSUPPORTED, ENCRYPTED, NO_SUCH_PAGE),
    }
)


class CannotRenderError(Exception):
    """There is no picture of this; `reason` is one of `REASONS`. It says nothing of the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
