"""Other ways to write one title: general rewrites of English release titles. No single film is the reason for any.

Each function gives keys besides the folded title itself. `rewritten_keys` changes the form and keeps every word that
tells films apart; `loose_keys` leaves out or guesses words, so that what it finds has to be proved by other evidence;
`damage_keys` undoes what careless exports do to the titles of a brand file.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import accumulate

from movie_assets.matching.folding import APOSTROPHES, plain_key

_UNITS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SEQUEL_LIMIT = 13
_SEQUEL_NUMBERS = {word: str(value) for value, word in enumerate(_UNITS[:_SEQUEL_LIMIT], start=1)}
_NUMBERS = {word: value for value, word in enumerate(_UNITS, start=1)} | {
    word: 10 * place for place, word in enumerate(_TENS, start=2)
}
_ROMAN_NUMERALS = (
    *("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"),
    *("xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx"),
)
_ROMAN = {numeral: str(value) for value, numeral in enumerate(_ROMAN_NUMERALS, start=1)}
_ONE_LETTER_ROMAN = frozenset("ivx")
_SEQUEL_WORDS = frozenset({"part", "chapter", "episode", "vol", "book", "phase", "act"})
_SYNONYMS = {"pt": "part", "volume": "vol", "versus": "vs", "chap": "chapter"}
_POSSESSORS = (
    *("marvel", "marvel studios", "disney", "walt disney", "dr. seuss", "tyler perry", "national lampoon"),
    *("stephen king", "tim burton", "john carpenter", "bram stoker", "mary shelley", "wes craven", "clive barker"),
    *("lemony snicket", "roald dahl", "jim henson", "william shakespeare", "tom clancy", "michael crichton"),
    *("monty python", "lee daniels", "guillermo del toro", "j.r.r. tolkien", "h.g. wells", "jules verne"),
)

_APOSTROPHE = f"[{''.join(sorted(APOSTROPHES))}]"
_POSSESSIVE_FIRST = re.compile(
    rf"^(?:{'|'.join(re.escape(name) for name in _POSSESSORS)})(?:{_APOSTROPHE}s|s?{_APOSTROPHE})\s+(?=\S)",
    re.IGNORECASE,
)
# Anybody's name before a title of its own: one that starts with an article, or has two words or more.
_ANY_POSSESSIVE_FIRST = re.compile(
    rf"^(?:\S+ ){{0,2}}\S+(?:{_APOSTROPHE}s|s{_APOSTROPHE})\s+(?=(?:the|a|an)\s|\w+\W+\w)", re.IGNORECASE
)
_ARTICLE_LAST = re.compile(r"^(?P<rest>.+), (?P<article>the|a|an)$", re.IGNORECASE)
_FORMAT = r"(?:imax|3-?d|2-?d|imax 3-?d|4k|70 ?mm|re-?(?:issue|release|mastered)|special edition|extended(?: edition)?)"
_FORMAT += r"|(?:director['’]?s|final|extended) cut|unrated|sing-?along|(?:\d+(?:st|nd|rd|th) )?anniversary(?: \w+)?"
_NOTE_LAST = re.compile(
    rf"\s*[(\[](?:(?:18|19|20)\d\d|(?:(?:18|19|20)\d\d )?(?:in )?(?:{_FORMAT})(?: in \S+)?)[)\]]$", re.IGNORECASE
)
_BARE_NOTE_LAST = re.compile(rf"(?:\s+[-–—:])?\s+(?:(?:19|20)\d\d|{_FORMAT})$", re.IGNORECASE)
# Between a title and its subtitle.
_SUBTITLE = re.compile(r"\s*:\s|\s[-–—]\s")
# "Title 3: Subtitle" where others write "Title: Subtitle".
_INSERTED_ORDINAL = re.compile(r"\s(?:\d{1,2}|[IVX]{1,5})(?=\s*:\s|\s[-–—]\s)")
_EPISODE_FIRST = re.compile(r"^episode (?:\d{1,2}|[ivx]{1,5})\b\W*", re.IGNORECASE)
_HERO_AND = re.compile(r"^.+?\s(?:and|&)\s+(?=the\s)", re.IGNORECASE)
_INSIDE_WORD = re.compile(r"(?<=\w)[-–·•./](?=\w)")
_LONE_SIGN = re.compile(r"\s[&+]\s")
_TAIL_WORDS = 3

_ZERO_INSIDE = re.compile(r"(?<=\w)0(?=[^\W\d])")
_LONE_ZERO = re.compile(r"\s0(?=\s)")
_SPLIT_ENDING = re.compile(r"(?<=\w) (?=(?:s|t|re|ll|ve)(?:\s|$))", re.IGNORECASE)
_BARE_ARTICLE_LAST = re.compile(r"^(?P<rest>.+\S) (?P<article>the|a|an)$", re.IGNORECASE)


_LETTERS_ONLY = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
_REWRITTEN_WORDS = frozenset({*_SYNONYMS, *_SEQUEL_WORDS, *_NUMBERS, *_ROMAN, "hundred", "and"})


def is_written_one_way(title: str) -> bool:
    """Whether nothing here rewrites the title: plain letters, none of whose words is a number or goes before one.

    True of most titles of a catalogue, so that looking first saves most of the work on it.
    """
    return bool(_LETTERS_ONLY.fullmatch(title)) and _REWRITTEN_WORDS.isdisjoint(title.lower().split())


def rewritten_keys(title: str) -> list[str]:
    """Keys with other numerals, without notes and known owners, with articles moved and words joined."""
    shortened = without_note(title.strip())
    if moved := _ARTICLE_LAST.match(shortened):
        shortened = f"{moved['article']} {moved['rest']}"
    unowned = _POSSESSIVE_FIRST.sub("", shortened)
    keys = []
    for form in dict.fromkeys((shortened, unowned, _INSERTED_ORDINAL.sub("", shortened, count=1))):
        words = _canonical_words([plain_key(part).split() for part in _SUBTITLE.split(form)])
        keys += [" ".join(words), " ".join(_without_episode(words))]
    for sign in (_INSIDE_WORD, _LONE_SIGN):
        if sign.search(shortened):
            keys.append(plain_key(sign.sub(" " if sign is _LONE_SIGN else "", shortened)))
    return _distinct(keys)


def loose_keys(title: str) -> list[str]:
    """Keys without the series before a subtitle, an owner or a hero, with numbers as digits, without the word Part."""
    shortened = without_note(title.strip())
    forms = [_with_digits(plain_key(shortened).split())]
    forms += [" ".join(_with_digits(tail.split()).split()) for tail in _tails(shortened)]
    return _distinct(forms)


def damage_keys(title: str) -> list[str]:
    """Keys of a brand file's title as it was before hyphens became 0, endings were split off or commas were lost."""
    text = html.unescape(title).strip()
    repaired = _SPLIT_ENDING.sub("", _LONE_ZERO.sub(" ", _ZERO_INSIDE.sub(" ", text)))
    moved = _BARE_ARTICLE_LAST.sub(r"\g<article> \g<rest>", repaired)
    return _distinct([key for form in (text, repaired, moved) for key in (plain_key(form), *rewritten_keys(form))])


def bare_note_keys(title: str) -> list[str]:
    """Keys without a year or a format that stands behind the title without brackets, where it may be part of it."""
    shortened = _BARE_NOTE_LAST.sub("", title.strip())
    return _distinct([plain_key(shortened), *rewritten_keys(shortened)]) if shortened != title.strip() else []


def without_note(title: str) -> str:
    """The title without notes in brackets behind it: years, formats, editions."""
    while (shortened := _NOTE_LAST.sub("", title)) != title and shortened:
        title = shortened
    return title


def main_title(title: str) -> str:
    """The title before its subtitle."""
    return _SUBTITLE.split(without_note(title.strip()))[0]


def _distinct(keys: list[str]) -> list[str]:
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
            plain = _SEQUEL_NUMBERS.get(plain) or _roman(plain, certain=after_sequel_word) or plain
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


def _tails(title: str) -> Iterator[str]:
    """What is left of a title behind its series, its owner or its hero, where that is a title of its own."""
    *_, subtitle = _SUBTITLE.split(title)
    for tail in (_EPISODE_FIRST.sub("", subtitle), _HERO_AND.sub("", title)):
        key = plain_key(tail)
        if tail != title and len(key.split()) >= _TAIL_WORDS:
            yield key
            yield key.removeprefix("the ")
    if (unowned := _ANY_POSSESSIVE_FIRST.sub("", title)) != title:
        yield plain_key(unowned)


def _with_digits(words: list[str]) -> str:
    """The words with spelled numbers up to 999 as digits and without Part and the like before a number."""
    digits: list[str] = []
    place = 0
    while place < len(words):
        value, length = _number(words, place)
        if length:
            if digits and digits[-1] in _SEQUEL_WORDS and len(digits) > 1:
                digits.pop()
            digits.append(str(value))
        else:
            digits.append(_SYNONYMS.get(words[place], words[place]))
        place += length or 1
    return " ".join(digits)


def _number(words: list[str], place: int) -> tuple[int, int]:
    """The number that starts at `place` and how many words it takes; no words where none starts."""
    word = words[place]
    if word.isascii() and word.isdigit():
        return int(word), 1
    if place and len(word) > 1 and word in _ROMAN:
        return int(_ROMAN[word]), 1
    value, length = _below_hundred(words, place)
    after = words[place + length : place + length + 1]
    if after == ["hundred"]:
        skip = 2 if words[place + length + 1 : place + length + 2] == ["and"] else 1
        rest, rest_length = _below_hundred(words, place + length + skip)
        if rest_length:
            return (value or 1) * 100 + rest, length + skip + rest_length
        return (value or 1) * 100, length + 1
    return value, length


def _below_hundred(words: list[str], place: int) -> tuple[int, int]:
    if place >= len(words) or words[place] not in _NUMBERS:
        return 0, 0
    value = _NUMBERS[words[place]]
    following = _NUMBERS.get(words[place + 1], 0) if place + 1 < len(words) else 0
    if value >= 20 and 0 < following < 10:  # noqa: PLR2004 - twenty and more take a unit
        return value + following, 2
    return value, 1
