"""Free texts, rewritten: other words of like length in the same places.

What stands between the words stays as it is: blanks, line ends, punctuation, tags, entities and
figures. So do the words of `KEPT`, in their order and as near to each other as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from random import Random

from tests.data.vocabulary import KEPT, PUT_IN

Run = tuple[str, ...]

RUN_WORDS = 5
"""Words of a sentence that must not stand in a row in the text that is made of it."""

MARKUP = r"</?\w[^<>]{0,20}>|&(?:\#\d+|amp|bull|[lr][ds]quo|[mn]dash|nbsp|quot|sect|shy);"
KEPT_TERM = re.compile(
    rf"\b(?:{'|'.join(term for terms in KEPT.values() for term in terms)})\b", re.IGNORECASE
)
TOKEN = re.compile(
    r"(?P<address>[\w.+-]+@[\w.-]+\w|https?://[\w.-]+\w|www\.[\w.-]+\w)"
    rf"|(?P<kept>{KEPT_TERM.pattern}|{MARKUP}|(?<=\d)(?:st|nd|rd|th)\b)"
    r"|(?P<gap>[^\W\d_]+(?:['\u2019](?:s|t|d|m|re|ve|ll)\b)?)"
    r"|[\W\d_]",
    re.IGNORECASE,
)
SENTENCE_ENDS = frozenset(".!?;:\n")

ADJECTIVES = """
    Amber Autumn Birch Brass Cedar Chestnut Copper Coral Crimson Crystal Golden Hazel Ivory Jade
    Lavender Lilac Linen Maple Marble Northern Olive Pearl Poplar Quartz Russet Silver Spruce Tulip
    Violet Walnut Willow Woollen
"""
NAME_BEGINNINGS = ("Agency", "Board", "Bureau", "Center", "Department", "Office")


def words_of(text: str) -> list[str]:
    """Return the words of a text; neither figures nor markup are any."""
    return [word.casefold() for word in re.findall(r"[^\W\d_]+", re.sub(MARKUP, " ", text))]


def runs_of(text: str) -> Iterator[Run]:
    """Yield every five words that stand in a row."""
    words = words_of(text)
    return (tuple(words[at : at + RUN_WORDS]) for at in range(len(words) - RUN_WORDS + 1))


@cache
def is_all_kept(text: str) -> bool:
    """Tell whether rules look at every word of a text, as of "IT Specialist (Cybersecurity)"."""
    return not words_of(KEPT_TERM.sub(" ", text))


def rewritten(text: str, forbidden: frozenset[Run]) -> str:
    """Return a text that is like another one to the rules, with no forbidden run of words in it.

    The same text always becomes the same, and so, nearly always, does a sentence in two texts.
    """
    if is_all_kept(text):
        return text
    tokens = _broken_up(_tokens(text))
    _fill_gaps(tokens, forbidden)
    return "".join(token.text for token in tokens)


def made_up_names(names: Iterable[str]) -> dict[str, str]:
    """Return a name of like length for each name of an agency, no two the same.

    They are in lower case: the same agency is written in several ways.
    """
    made_up: dict[str, str] = {}
    for name in sorted({name.casefold() for name in names} - {""}):
        attempts = (_made_up_name(name, attempt) for attempt in count())
        made_up[name] = next(each for each in attempts if each not in made_up.values())
    return made_up


def _made_up_name(name: str, attempt: int) -> str:
    chooser = Random(f"{name} {attempt}")
    beginning = name.partition(" ")[0].title()
    if beginning not in NAME_BEGINNINGS:
        beginning = _any_of(NAME_BEGINNINGS, chooser)
    words = [beginning, "of", _any_of(ADJECTIVES.split(), chooser)]
    plurals = [word for length in (5, 6, 7) for word in _group("s", length)]
    nouns = [_any_of(plurals, chooser)]
    while len(" ".join((*words, *nouns))) < len(name) - 6:
        nouns.append(_any_of(plurals, chooser))
    *first, last = map(str.title, nouns)
    return " ".join((*words, f"{', '.join(first)} and {last}" if first else last))


@dataclass
class _Token:
    """A part of a text: a gap is a word that another one takes the place of."""

    text: str
    words: Sequence[str] = ()
    is_gap: bool = False


def _tokens(text: str) -> Iterator[_Token]:
    for found in TOKEN.finditer(text):
        match found.lastgroup:
            case "gap":
                yield _Token(found[0], is_gap=True)
            case "kept":
                yield _Token(found[0], words_of(found[0]))
            case "address":
                address = _made_up_address(found[0])
                yield _Token(address, words_of(address))
            case _:
                yield _Token(found[0])


def _made_up_address(address: str) -> str:
    site = ".".join([*KEPT_TERM.findall(address), "example.org"])
    if "@" in address:
        return f"office@{site}"
    scheme, separator, _ = address.rpartition("://")
    return f"{scheme}{separator}{site}"


def _broken_up(tokens: Iterable[_Token]) -> list[_Token]:
    """Put gaps between terms of which five or more words would stand in a row."""
    broken: list[_Token] = []
    for row in _rows(tokens):
        broken += _broken_row(row)
    return broken


def _rows(tokens: Iterable[_Token]) -> Iterator[list[_Token]]:
    """Yield the tokens by gaps; all words of a row stay."""
    row: list[_Token] = []
    for token in tokens:
        row.append(token)
        if token.is_gap:
            yield row
            row = []
    yield row


def _broken_row(row: list[_Token]) -> list[_Token]:
    length = _length(row)
    if length < RUN_WORDS:
        return row
    places = [at for at, token in enumerate(row) if token.words and _length(row[:at])]
    # Rather behind a comma than where two terms may belong together; then, near the middle.
    at = min(
        places, key=lambda at: (_is_blank_before(row, at), abs(2 * _length(row[:at]) - length))
    )
    return [
        *_broken_row(row[:at]),
        _Token("some", is_gap=True),
        _Token(" "),
        *_broken_row(row[at:]),
    ]


def _is_blank_before(row: Sequence[_Token], at: int) -> bool:
    return row[at - 1].text == " " and bool(row[at - 2].words)


def _length(row: Iterable[_Token]) -> int:
    return sum(len(token.words) for token in row)


def _fill_gaps(tokens: Sequence[_Token], forbidden: frozenset[Run]) -> None:
    words: list[str | None] = []
    place = -1
    for token in tokens:
        words += [None] if token.is_gap else token.words
    for sentence in _sentences(tokens):
        chooser = Random("".join(token.text for token in sentence))
        for token in sentence:
            place += 1 if token.is_gap else len(token.words)
            if token.is_gap:
                word = _fitting(token.text, words, place, forbidden, chooser)
                token.text = _in_case_of(token.text, word)


def _sentences(tokens: Iterable[_Token]) -> Iterator[list[_Token]]:
    sentence: list[_Token] = []
    for token in tokens:
        sentence.append(token)
        if token.text in SENTENCE_ENDS:
            yield sentence
            sentence = []
    yield sentence


def _fitting(
    replaced: str,
    words: list[str | None],
    place: int,
    forbidden: frozenset[Run],
    chooser: Random,
) -> str:
    """Put a word in its place among the others, such that no forbidden run comes about."""
    for word in _candidates(replaced.casefold(), chooser):
        words[place] = word
        if forbidden.isdisjoint(_whole_runs_around(words, place)):
            return word
    raise ValueError(f"no word can take the place of word {place}")


def _whole_runs_around(words: Sequence[str | None], place: int) -> Iterator[Run]:
    for at in range(max(0, place - RUN_WORDS + 1), place + 1):
        run = [word for word in words[at : at + RUN_WORDS] if word is not None]
        if len(run) == RUN_WORDS:
            yield tuple(run)


def _candidates(replaced: str, chooser: Random) -> Iterator[str]:
    if len(replaced) == 1:  # of an enumeration, or of "U.S."
        yield replaced
    ending = next(ending for ending in PUT_IN if replaced.endswith(ending))
    for group in _groups(ending, len(replaced)):
        first = int(chooser.random() * len(group))
        yield from group[first:] + group[:first]


@cache
def _groups(ending: str, length: int) -> list[tuple[str, ...]]:
    """Return the words to put in, the likest ones first."""
    keys = sorted(
        {(other, len(word)) for other in (ending, "") for word in PUT_IN[other].split()},
        key=lambda key: (abs(key[1] - length), key[0] != ending, key),
    )
    return [_group(*key) for key in keys]


@cache
def _group(ending: str, length: int) -> tuple[str, ...]:
    return tuple(word for word in PUT_IN[ending].split() if len(word) == length)


def _any_of(choices: Sequence[str], chooser: Random) -> str:
    # Unlike `choice`, `random` gives the same in every version of Python.
    return choices[int(chooser.random() * len(choices))]


def _in_case_of(pattern: str, word: str) -> str:
    if pattern.isupper() and (len(pattern) > 1 or len(word) == 1):
        return word.upper()
    return word.capitalize() if pattern[0].isupper() else word
