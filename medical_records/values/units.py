"""One spelling for units that people write in many ways: mmol/l, μg/L, mcg/L, 10^9/L, m[IU]/L."""

import re
import unicodedata
from typing import Any

LONGEST = 50  # characters; what is longer is no unit
DECORATION = re.compile(r"[\s\[\]{}_*^×]")  # UCUM's brackets, and the ways to write 10⁹
POWER = re.compile(r"\A(?:x|×)(?=10)")
MICRO = re.compile(r"(?:(?<=/)|\A)(?:mc|u)(?=(?:g|mol|l|iu|u|kat|m3)(?:/|\Z))")


def fold_unit(unit: Any) -> str:
    """Return the one spelling of a unit; "" for what is no unit at all.

    International units and plain ones are folded into one (of a test, both mean the same).
    """
    if not isinstance(unit, str) or len(unit) > LONGEST:
        return ""
    plain = unicodedata.normalize("NFKC", unit).casefold()
    plain = POWER.sub("", DECORATION.sub("", plain)).replace(",", ".")
    return MICRO.sub("μ", plain).replace("iu", "u")
