"""How many text messages a text is charged as.

3GPP TS 23.038: the 7-bit alphabet with its extension table (whose characters take two places), else
UCS-2, in which characters beyond the first plane take two places. Alone a message holds 160 or 70
places; as one of several, 153 or 67, as a header tells the telephone how to join them. What takes
two places is not cut in two (TS 23.040).
"""

from collections.abc import Iterable

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
ALONE, JOINED = {True: 160, False: 70}, {True: 153, False: 67}  # by whether it is 7-bit
FIRST_PLANE = 0xFFFF


def is_gsm7(text: str) -> bool:
    """Say whether a text fits into the 7-bit alphabet."""
    return all(letter in BASIC or letter in EXTENSION for letter in text)


def count_segments(text: str) -> int:
    """Return how many text messages it takes to send a text; none for no text."""
    seven = is_gsm7(text)
    places = [_places(letter, seven=seven) for letter in text]
    if not places:
        return 0
    return 1 if sum(places) <= ALONE[seven] else _joined(places, JOINED[seven])


def _joined(places: Iterable[int], most: int) -> int:
    segments, used = 1, 0
    for place in places:
        if used + place > most:
            segments, used = segments + 1, 0
        used += place
    return segments


def _places(letter: str, *, seven: bool) -> int:
    if seven:
        return 2 if letter in EXTENSION else 1
    return 2 if ord(letter) > FIRST_PLANE else 1
