"""Damaged text back to what it was, where the damage leaves no doubt. No rule knows a film or a brand.

Mojibake: UTF-8 that was decoded as something else (`PokÃ©mon`). It is undone only when the result, damaged again in the
same way, is the text that was found, character for character.

Hyphens turned into zeros, as some exports do:

* inside a word (`Spider0Man`, `X0Men`): one zero between two words that are capitalised, each of two letters or more,
  of which the first may also be a single capital. A zero before a small letter (`R0bot`, `Cr0ssfire`), in capitals
  (`TR0N`) or beside a digit (`Blade Runner 2049`) may stand for a letter or be a number, so it stays.
* between words (`Episode VII 0 The Force Awakens`): a lone zero after Episode, Part, Chapter, Volume or Vol. and its
  numeral, and before a word. Any other lone zero (`Area 0`) stays.

Commas stripped from lists: where a title, or its part before or after a colon or dash, is nothing but nouns of one word
each with their articles, the last joined by `and` (`The Lion the Witch and the Wardrobe`), the commas of the list are
put back, without one before `and`. Nothing else can stand in such a part: a clause would need a verb.
"""

from __future__ import annotations

import re

import ftfy

RULE_MOJIBAKE = "mojibake_undone"
RULE_HYPHEN_IN_WORD = "hyphen_in_word_restored"
RULE_HYPHEN_AFTER_NUMERAL = "hyphen_after_sequel_number_restored"
RULE_COMMAS_IN_LIST = "commas_in_list_restored"

# Only the decoding itself is to be undone: quotes, ligatures, widths and spaces belong to the title.
_ONLY_ENCODING = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    restore_byte_a0=False,
    replace_lossy_sequences=False,
    decode_inconsistent_utf8=False,
    fix_c1_controls=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
)

_WORD_WITH_ZERO = re.compile(r"[^\W\d_]+(?:0[^\W\d_]+)+")
_ZERO_AFTER_NUMERAL = re.compile(
    r"\b(?P<marker>(?:Episode|Part|Chapter|Volume|Vol\.?) (?:[IVX]+|[0-9]{1,2})) 0 (?=[^\W\d_])", re.IGNORECASE
)

_LIST_WITHOUT_COMMAS = re.compile(
    r"(?P<before>\A|: | - | – )(?P<listed>the \w+(?: the \w+)+)(?P<last> and the \w+)(?=\Z|: | - | – )", re.IGNORECASE
)


def repair_mojibake(text: str) -> str:
    """`text` as it was before its UTF-8 was decoded as something else; unchanged when that is not certain."""
    if text.isascii():
        return text
    repaired, steps = ftfy.fix_encoding_and_explain(text, _ONLY_ENCODING)
    return repaired if steps and _damage_again(repaired, steps) == text else text


def repair_hyphen_in_word(text: str) -> str:
    """`text`, its white space collapsed, with hyphens for the zeros inside words that certainly were hyphens."""
    return "".join(_hyphenated(part) for part in re.split(r"(\w+)", text)) if "0" in text else text


def repair_hyphen_after_numeral(text: str) -> str:
    """`text`, its white space collapsed, with a hyphen for the lone zero after a sequel marker and its numeral."""
    return _ZERO_AFTER_NUMERAL.sub(r"\g<marker> - ", text)


def repair_commas_in_list(text: str) -> str:
    """`text`, its white space collapsed, with the commas of a list of nouns with articles that lost them all."""
    return _LIST_WITHOUT_COMMAS.sub(_with_commas, text)


def _with_commas(match: re.Match[str]) -> str:
    listed = re.sub(" (?=the )", ", ", match["listed"], flags=re.IGNORECASE)
    return f"{match['before']}{listed}{match['last']}"


def _damage_again(text: str, steps: list[ftfy.ExplanationStep]) -> str | None:
    """The steps backwards; None when one of them is not a pair of encoding as something and decoding as UTF-8."""
    for (encode, wrong), (decode, right) in zip(steps[-2::-2], steps[::-2], strict=False):
        if (encode, decode, right) != ("encode", "decode", "utf-8"):
            return None
        try:
            text = text.encode("utf-8").decode(wrong)
        except UnicodeError:
            return None
    return text


def _hyphenated(token: str) -> str:
    if not _WORD_WITH_ZERO.fullmatch(token):
        return token
    first, *others = token.split("0")
    certain = (_is_capitalised(first) or (len(first) == 1 and first.isupper())) and all(map(_is_capitalised, others))
    return "-".join((first, *others)) if certain else token


def _is_capitalised(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word[1].islower()
