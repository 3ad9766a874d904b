"""Text as it is searched: without case and accents, the same in Python and in the database.

PostgreSQL folds what is stored (`SEARCH_TEXT`, a generated column) and Python what is looked for
(`fold`). Both follow the same steps, none of which depends on a locale: compatibility
decomposition (Unicode NFKD), removal of `DROPPED`, the table below, four letters that become two.
Zoë is found by zoe, Đặng by dang, Straße by strasse, ﬁ by fi, Σ by ς.
"""

import re
import unicodedata
from typing import Any

from django.db.models import Expression, Func, TextField
from django.db.models.fields import Field

# Combining marks, control characters but for the line break, soft hyphen and invisible joiners.
_DROPPED = (
    r"\u0001-\u0009\u000b-\u001f\u007f\u0080-\u009f\u00ad\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff"
    r"\u200b-\u200f\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
)
# Letters that no decomposition leads to a small basic letter: capitals of Greek, Cyrillic and
# Armenian, Latin letters with a stroke.
_LETTERS = (
    "ÆÐØÞðøĐđĦħıĸŁłŊŋŒŦŧƀƁƂƄƆƇƉƊƋƎƏƐƑƒƓƔƖƗƘƙƜƝƟƢƤƦƧƩƬƮƱƲƳƴƵƶƷƸƼǤǶǷȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲ"
    "ͶͿΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪ"
    "ЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠ"
    "ԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖẞỺỼỾ"
)
_FOLDED = (
    "ædoþdoddhhiqllnnœttbbƃƅoƈddƌǝeeffɠɣɩikkɯnɵƣƥʀƨʃƭʈʊvyyzzʒƹƽǥƕƿȝƞȣȥⱥȼƚⱦɂbuʌɇɉɋɍɏͱͳ"
    "ͷϳαβγδεζηθικλμνξοπρστυφχψωσϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъ"
    "ыьэюяѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡ"
    "ԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆßỻỽỿ"
)
_DOUBLE = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
_ASCII = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_TABLE = {**_ASCII, **str.maketrans(_LETTERS, _FOLDED)}
_DROP = re.compile(f"[{_DROPPED}]")
SEPARATOR = "\n"  # between fields; no word holds one


def fold(text: str) -> str:
    """Return a text as the database folds it. It must hold no NUL and no half character."""
    found = _DROP.sub("", unicodedata.normalize("NFKD", text)).translate(_TABLE)
    for letter, two in _DOUBLE.items():
        found = found.replace(letter, two)
    return found


def folded(*fields: str) -> Expression:
    """Return the same in SQL, of several fields with a line break between them.

    Plain ASCII, nearly everything, takes the short way.
    """
    text = "(%(expressions)s)"
    bare = f"regexp_replace(normalize({text}, NFKD), '[{_DROPPED}]', '', 'g')"
    long = f"""translate(lower({bare} COLLATE "C"), '{_LETTERS}', '{_FOLDED}')"""
    for letter, two in _DOUBLE.items():
        long = f"replace({long}, '{letter}', '{two}')"
    short = f"""lower(regexp_replace({text}, '[{_DROPPED}]', '', 'g') COLLATE "C")"""
    return _sql(
        f"CASE WHEN octet_length({text}) = length({text}) THEN {short} ELSE {long} END",
        *fields,
        arg_joiner=" || chr(10) || ",
    )


def grams(field: str) -> Expression:
    """Return the array of all runs of one, two and three characters of a folded text, in SQL.

    A text is cut into threes from its first, second and third character, and into twos from its
    first and second: between them these hold every run.
    """
    text = "%(expressions)s"

    def cut(start: int, size: int) -> str:
        runs = f"regexp_replace(substr({text}, {start}), '({'.' * size})', '\\1' || chr(31), 'g')"
        return f"string_to_array({runs}, chr(31))"

    found = f"string_to_array({text}, NULL)"
    for start, size in ((1, 2), (2, 2), (1, 3), (2, 3), (3, 3)):
        found = f"array_cat({found}, {cut(start, size)})"
    return _sql(found, field, output_field=_gram_array())


def grams_of(word: str) -> list[str]:
    """Return the runs of a folded word that together tell most: of three, or all of a short one."""
    size = min(3, len(word))
    return sorted({word[at : at + size] for at in range(len(word) - size + 1)})


def _gram_array() -> Field:
    from django.contrib.postgres.fields import ArrayField

    return ArrayField(TextField())


def _sql(template: str, *fields: str, **options: Any) -> Expression:
    options.setdefault("output_field", TextField())
    return Func(*fields, template=template, **options)
