"""What a scanner can say of a file, in the words that people see."""

from dataclasses import dataclass

INFECTED = "infected: "  # and the signature
UNSCANNABLE = "unscannable"
TOO_LARGE = "too_large_to_scan"
SIGNATURE = 150  # characters that are kept of one


class ScannerError(Exception):
    """The scanner cannot be reached or does not answer as it should. Says nothing of a file."""


@dataclass(frozen=True)
class Verdict:
    """`reason` is empty where nothing was found; `scanned`: a scanner was asked at all."""

    reason: str = ""
    scanned: bool = True

    @property
    def is_clean(self) -> bool:
        """Say whether a scanner has read everything and found nothing."""
        return self.scanned and not self.reason

    @property
    def is_infected(self) -> bool:
        return self.reason.startswith(INFECTED)


CLEAN = Verdict()
NOT_SCANNED = Verdict(scanned=False)


def infected(signature: str) -> Verdict:
    """Return the verdict for a signature; what no text may hold is left out of its name."""
    name = "".join(char for char in signature if char.isascii() and char.isprintable())
    return Verdict(f"{INFECTED}{name[:SIGNATURE] or 'unnamed'}")
