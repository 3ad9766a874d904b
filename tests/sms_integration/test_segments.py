"""How many text messages a text is: 3GPP TS 23.038, with the numbers worked out by hand."""

import pytest

from sms_integration.services.segments import count_segments, is_gsm7

TABLE = {
    "nothing": ("", 0),
    "160 letters": ("a" * 160, 1),
    "161": ("a" * 161, 2),
    "two full": ("a" * 306, 2),
    "and one": ("a" * 307, 3),
    "the euro takes two places": ("€" * 80, 1),
    "which 81 do not find": ("€" * 81, 2),
    # 152 + a pair that does not fit: 152 | 2 + …; 306 places, and yet three messages.
    "a pair is not cut": ("a" * 152 + "€" + "a" * 152, 3),
    "as long without a pair": ("a" * 306, 2),
    "70 Greek small letters": ("α" * 70, 1),
    "71": ("α" * 71, 2),
    "134": ("α" * 134, 2),
    "135": ("α" * 135, 3),
    "a curly quote makes it UCS-2": ("a" * 70 + "’", 2),
    "35 faces": ("😀" * 35, 1),
    "36 faces": ("😀" * 36, 2),
    # 66 + a face that does not fit into 67: one place stays empty.
    "a face is not cut": ("α" * 66 + "😀" + "α" * 66, 3),
}


@pytest.mark.parametrize(("text", "segments"), TABLE.values(), ids=TABLE)
def test_segments(text, segments):
    assert count_segments(text) == segments


def test_the_alphabet_has_the_letters_of_its_table_and_no_others():
    assert is_gsm7("@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜ§¿äöñüà¡¤_^{}\\[~]|€\n")
    for letter in "ç`áêλ’“\tΑ":
        assert not is_gsm7(letter), letter
