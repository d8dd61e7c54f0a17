"""Title keys: the strings by which two spellings of one title meet.

A title answers to several keys. A key's tier tells how far the title was rewritten to get there:

    1  spelling      Unicode compatibility forms, case, apostrophes, punctuation and white space
    2  plain         also accents, special letters, superscripts, & and +
    3  rewritten     also sequel numerals, "Episode N", vs./versus, Vol./Volume, possessive prefixes, ", The", (year)

Two titles agree at the weaker tier of the key that both have. Articles are moved, never dropped: The Heat is not Heat.
The lists below are general rewrites of English release titles; no single film is the reason for an entry.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate

SPELLING, PLAIN, REWRITTEN = 1, 2, 3

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "ng",
    }
)
_SUPERSCRIPTS = str.maketrans({digit: f" {value}" for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")})
# Signs whose compatibility form would run into the word or number before them (33⅓ is 33 1/3, not 331/3) or split it.
_SIGNS = str.maketrans(
    {sign: f" {unicodedata.normalize('NFKC', sign)}" for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"} | {"™": " ", "℠": " ", "´": "'"}
)
_APOSTROPHES = frozenset("'’‘ʼʻ`´′＇")
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"],
        start=1,
    )
}
_ROMAN = {
    numeral: str(value)
    for value, numeral in enumerate(
        [
            "i",
            "ii",
            "iii",
            "iv",
            "v",
            "vi",
            "vii",
            "viii",
            "ix",
            "x",
            "xi",
            "xii",
            "xiii",
            "xiv",
            "xv",
            "xvi",
            "xvii",
            "xviii",
            "xix",
            "xx",
        ],
        start=1,
    )
}
_ONE_LETTER_ROMAN = frozenset("ivx")
_SEQUEL_WORDS = frozenset({"part", "chapter", "episode", "vol", "book", "phase", "act"})
_SYNONYMS = {"pt": "part", "volume": "vol", "versus": "vs", "chap": "chapter"}
_ARTICLE_LAST = re.compile(r"^(?P<rest>.+), (?P<article>the|a|an)$", re.IGNORECASE)
_NOTE_LAST = re.compile(
    r"\s*[(\[](?:(?:18|19|20)\d\d|3-?d|imax|re-?(?:issue|release)|special edition|"
    r"(?:18|19|20)\d\d (?:re-?(?:issue|release)|special edition))[)\]]$",
    re.IGNORECASE,
)
# Between a title and its subtitle.
_SUBTITLE = re.compile(r"\s*:\s|\s[-–—]\s")
# "Title 3: Subtitle" where others write "Title: Subtitle".
_INSERTED_ORDINAL = re.compile(r"\s(?:\d{1,2}|[IVX]{1,5})(?=\s*:\s|\s[-–—]\s)")
_POSSESSORS = (
    "marvel",
    "marvel studios",
    "disney",
    "walt disney",
    "dr. seuss",
    "tyler perry",
    "national lampoon",
    "stephen king",
    "tim burton",
    "john carpenter",
    "bram stoker",
    "mary shelley",
    "wes craven",
    "clive barker",
    "lemony snicket",
    "roald dahl",
    "jim henson",
    "william shakespeare",
    "tom clancy",
    "michael crichton",
    "monty python",
)
_APOSTROPHE = f"[{''.join(sorted(_APOSTROPHES))}]"
_POSSESSIVE_FIRST = re.compile(
    rf"^(?:{'|'.join(re.escape(name) for name in _POSSESSORS)})(?:{_APOSTROPHE}s|s?{_APOSTROPHE})\s+(?=\S)",
    re.IGNORECASE,
)


class _Folding(dict[int, str]):
    """Character -> what stands for it in a key; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in _APOSTROPHES or _is_invisible(character):
            folded = ""
        elif character in "&+":
            folded = f" {character} "
        elif character.isalnum() or unicodedata.category(character).startswith("M"):
            folded = character
        else:
            folded = " "
        self[code] = folded
        return folded


def _is_invisible(character: str) -> bool:
    # Soft hyphens, zero-width spaces, writing directions, and the selectors that make a sign an emoji.
    return unicodedata.category(character) == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR")


_FOLDING = _Folding()


def title_keys(title: str) -> dict[str, int]:
    """Every key that `title` answers to, with its tier; empty only for a blank title.

    >>> title_keys("Spider-Man: No Way Home")
    {'spider man no way home': 1}
    >>> title_keys("Rocky II")
    {'rocky ii': 1, 'rocky 2': 3}
    """
    spelled = spelling_key(title)
    keys = {spelled: SPELLING} if spelled else {}
    plain = plain_key(title)
    if plain:
        keys.setdefault(plain, PLAIN)
    for rewritten in _rewritten_keys(title):
        keys.setdefault(rewritten, REWRITTEN)
    return keys


def spelling_key(title: str) -> str:
    """The tier 1 key; a title without letters and digits stands for itself."""
    composed = title if title.isascii() else unicodedata.normalize("NFKC", title.translate(_SIGNS))
    return _squeezed(composed.casefold().translate(_FOLDING)) or _squeezed(composed) or _squeezed(title)


def plain_key(title: str) -> str:
    """The tier 2 key: letters and digits only, separated by single spaces; empty when none remain."""
    folded = _unaccented(title).translate(_FOLDING).replace("&", "and").replace("+", "and")
    return _squeezed(folded) if any(character.isalnum() for character in title) else ""


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _unaccented(title: str) -> str:
    if title.isascii():
        return title.casefold()
    separated = title.translate(_SUPERSCRIPTS).translate(_SIGNS)
    # Compatibility forms can be capitals, such as ℂ's C, and only the base letters of accented ones fold alike.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", separated).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).translate(_LETTERS)


def _rewritten_keys(title: str) -> list[str]:
    shortened = _NOTE_LAST.sub("", title.strip())
    if moved := _ARTICLE_LAST.match(shortened):
        shortened = f"{moved['article']} {moved['rest']}"
    unowned = _POSSESSIVE_FIRST.sub("", shortened)
    keys = []
    for form in dict.fromkeys((shortened, unowned, _INSERTED_ORDINAL.sub("", shortened, count=1))):
        words = _canonical_words([plain_key(part).split() for part in _SUBTITLE.split(form)])
        keys += [" ".join(words), " ".join(_without_episode(words))]
    return [key for key in dict.fromkeys(keys) if key]


def _canonical_words(parts: list[list[str]]) -> list[str]:
    """The words of a title and its subtitles, rewritten; a sequel's number ends one of these parts."""
    canonical: list[str] = []
    ends = set(accumulate(len(part) for part in parts))
    for place, word in enumerate(word for part in parts for word in part):
        plain = _SYNONYMS.get(word, word)
        after_sequel_word = bool(canonical) and canonical[-1] in _SEQUEL_WORDS
        last = place > 0 and place + 1 in ends
        if plain == "v" and place > 0 and not last and not after_sequel_word:
            plain = "vs"
        elif after_sequel_word or last:
            plain = _NUMBER_WORDS.get(plain) or _roman(plain, certain=after_sequel_word) or plain
        elif place > 0 and plain not in _ONE_LETTER_ROMAN:
            plain = _ROMAN.get(plain, plain)
        canonical.append(plain)
    return canonical


def _roman(word: str, *, certain: bool) -> str | None:
    # A lone "i" at the end of a title is a pronoun more often than a numeral.
    return None if word == "i" and not certain else _ROMAN.get(word)


def _without_episode(words: list[str]) -> list[str]:
    for place in range(1, len(words) - 2):
        if words[place] == "episode" and words[place + 1].isdigit():
            return words[:place] + words[place + 2 :]
    return words
