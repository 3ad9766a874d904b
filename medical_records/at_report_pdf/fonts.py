"""The fonts that AT reports are set in: always these, whatever the machine has installed.

Together they have Latin (with Vietnamese), Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai,
Georgian, Chinese, Japanese, Korean and common symbols (✓ ☐ → ≥ ½). Not among them: Tamil, Bengali,
Gurmukhi, Sinhala, Khmer, Armenian, Ethiopic and most emoji. Such text is refused, never printed
as boxes (`UnprintableTextError`). Chinese, Japanese and Korean have no bold; Chinese characters
have the shapes used in mainland China.
"""

from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import noto_cjk_sans_otc

if TYPE_CHECKING:
    import typst

PACKED = (
    *("FiraGO_Regular", "FiraGO_Bold", "NotoSans_Regular", "NotoSans_Bold"),
    *("NotoSansSymbols_Regular", "NotoSansSymbols2_Regular", "NotoSansMath_Regular"),
)
# In the order in which a character is looked for.
FAMILIES = (
    *("FiraGO", "Noto Sans", "Noto Sans CJK SC"),
    *("Noto Sans Symbols", "Noto Sans Symbols2", "Noto Sans Math"),
)


@cache
def fonts() -> "typst.Fonts":
    """Return the fonts, loaded once a process (0.2 s)."""
    import typst

    with TemporaryDirectory(prefix="chartvault-fonts-") as folder:
        for name in PACKED:
            packed = import_module(f"pymupdf_fonts.{name}")
            Path(folder, f"{name}.ttf").write_bytes(packed.fontbuffer)
        found = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[folder, str(Path(noto_cjk_sans_otc.FONT_PATH).parent)],
        )
        _read_now(found)
    return found


def _read_now(found: "typst.Fonts") -> None:
    """Use each font once: typst reads a file at its first use, and the folder is going away."""
    import typst

    lines = (
        f'#text(font: "{family}", weight: "{weight}")[x]'
        for family in FAMILIES
        for weight in ("regular", "bold")
    )
    typst.compile("\n".join(lines).encode(), font_paths=found)
