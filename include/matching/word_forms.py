"""Forms of a word: "accountant" and "accounting", "nurse" and "nursing", "cyber security"."""

from __future__ import annotations

import re
from functools import lru_cache

MIN_STEM_LETTERS = 4


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# What has the same stem and means something else stays whole, as do nouns that only look as if
# somebody did something: a customer has nothing to do with customs.
_WHOLE = word_set(
    """
    border cancer career center computer customer director doctor error interior junior labor
    letter major manor master member minor motor number officer order paper power rector sector
    senior summer tower water weather physician technician technical thing morning
    """
)
_IRREGULAR = {
    r"analy(?:st|sis|ses|tic|ze|se)\w{0,3}": "analyst analysts analysis analytics analytic",
    r"scien(?:ces?|tists?|tific)": "science sciences scientist scientists scientific",
    r"statistic(?:s|al|ians?)?": "statistic statistics statistical statistician statisticians",
    r"mathematic(?:s|al|ians?)": "mathematics mathematical mathematician mathematicians",
    r"physic(?:s|ists?)": "physics physicist physicists",
    r"manag(?:e|es|ed|ing|ers?|ements?)": "manager managers management managing",
    r"engineer(?:s|ings?|ed)?": "engineer engineers engineering",
    r"develop(?:s|ed|ing|ers?|ments?)?": "developer developers development developing",
    r"architect(?:s|ures?|ural)?": "architect architects architecture architectural",
    r"programs?": "program programs",
    r"programm(?:ers?|ing)": "programmer programmers programming",
    r"veterinar(?:y|ians?)": "veterinary veterinarian veterinarians",
    r"histor(?:y|ians?)": "history historian historians",
    r"administ(?:er|ers|ering|rat(?:ors?|ion|ive|ing))": """
        administrator administrators administration administrative""",
}
_FORMS_OF_IRREGULAR = {
    word: pattern for pattern, words in _IRREGULAR.items() for word in words.split()
}

# Of each ending, the endings of other forms of the same word.
_OTHER_ENDINGS = (
    ("ings", r"(?:e?s|e|ings?|e?rs?|ors?|ants?)?"),
    ("ing", r"(?:e?s|e|ings?|e?rs?|ors?|ants?)?"),
    ("logy", r"log(?:y|ies|ists?|ical)"),
    ("istry", r"(?:istry|ists?|ical)"),
    ("ists", r"(?:ists?|y|ies|ics?|ical|istry|e)"),
    ("ist", r"(?:ists?|y|ies|ics?|ical|istry|e)"),
    ("ics", r"(?:ics?|ical|ists?|y)"),
    ("ants", r"(?:ings?|ants?|ancy)"),
    ("ant", r"(?:ings?|ants?|ancy)"),
    ("ors", r"(?:s|ings?|ors?|ions?)?"),
    ("or", r"(?:s|ings?|ors?|ions?)?"),
    ("ers", r"(?:s|ings?|ers?)?"),
    ("er", r"(?:s|ings?|ers?)?"),
    ("ies", r"(?:y|ies|ists?)"),
    ("y", r"(?:y|ies|ists?)"),
    ("es", r"(?:e|es|ing|ed|ers?)"),
    ("e", r"(?:e|es|ing|ed|ers?)"),
    ("s", r"(?:s|ings?|ers?|ors?|ed)?"),
    ("", r"(?:s|es|ings?|ers?|ors?|ed)?"),
)
_ENDINGS_THAT_DOUBLE = ("ings", "ing", "ers", "er", "ors", "or", "ed")
"""The letter before them is doubled in some words: control, controller."""
_IS_DOUBLED = re.compile(r"([bdglmnprt])\1$")
_MAY_BE_DOUBLED = re.compile(r"(?<=[^aeiou][aeiou])[bdglmnprt]$")

SPELLINGS = (
    ("archaeo", "archeo"),
    ("paediatr", "pediatr"),
    ("anaesth", "anesth"),
    ("orthopaed", "orthoped"),
    ("gynaeco", "gyneco"),
)
"""British spellings, and the American ones that most announcements have."""

_FIRST_PARTS = (
    *("cyber", "health", "data", "child", "fire", "web", "bio", "geo", "tele", "counter"),
    *("ware", "home", "work", "air"),
)
"""Of words that are written in one, in two or with a hyphen: healthcare, health care."""

MAY_BE_BETWEEN = r"[^\w.,;:!?]{0,5}"
"""What may stand between two words of a phrase: all but punctuation marks that end it."""


@lru_cache(maxsize=1024)
def forms_of(word: str) -> str:
    """Return a pattern for all forms of a lower-case word."""
    if word in _FORMS_OF_IRREGULAR:
        return _FORMS_OF_IRREGULAR[word]
    if word in _WHOLE or len(word) < MIN_STEM_LETTERS or not word.isalpha():
        return re.escape(word)
    if word.removesuffix("s") in _WHOLE:
        return re.escape(word.removesuffix("s")) + "s?"
    if word.endswith(("ss", "us", "is")):
        return _apart(word)
    for ending, others in _OTHER_ENDINGS:
        stem = word.removesuffix(ending)
        if word.endswith(ending) and len(stem) >= MIN_STEM_LETTERS - (ending == "logy"):
            return _with_endings(stem, ending, others)
    return _apart(word) + "s?"


_SAME = (
    ("intern", "internship"),
    ("senior", "sr"),
    ("supervisor", "supervisory", "supv", "supvy"),
)
"""Words of titles that tell the same."""


def singular_or_plural(word: str) -> str:
    """Return a pattern for a lower-case word in the singular and plural, and nothing else of it."""
    if not word.isalpha():
        return re.escape(word)
    if re.search(r"(?:s|x|z|ch|sh)es$", word):
        return f"{word[:-2]}(?:e?s?)"  # boxes and box, nurses and nurse
    stem = _singular(word)
    same = next((words for words in _SAME if stem in words), (stem,))
    return f"(?:{'|'.join(map(_both, same))})"


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > MIN_STEM_LETTERS:
        return f"{word[:-3]}y"
    has_plural = len(word) >= MIN_STEM_LETTERS and not word.endswith(("ss", "us", "is"))
    return word.removesuffix("s") if has_plural else word


def _both(singular: str) -> str:
    if re.search(r"[^aeiou]y$", singular):
        return f"{singular[:-1]}(?:y|ies)"
    return f"{singular}(?:e?s)?"


def _with_endings(stem: str, ending: str, others: str) -> str:
    if ending in _ENDINGS_THAT_DOUBLE and _IS_DOUBLED.search(stem):
        return f"{_apart(stem[:-1])}(?:{stem[-1]}{others}|s)?"
    if not ending and (last := _MAY_BE_DOUBLED.search(stem)):
        return f"{_apart(stem)}(?:s|es|{last[0]}?(?:ings?|ers?|ors?|ed))?"
    return _apart(stem) + others


def _apart(stem: str) -> str:
    """Return a pattern for a stem whose first part may stand apart."""
    if stem.startswith("archeo"):
        return stem.replace("archeo", "archa?eo")
    for first in _FIRST_PARTS:
        if stem.startswith(first) and len(stem) - len(first) >= MIN_STEM_LETTERS:
            return first + MAY_BE_BETWEEN + re.escape(stem.removeprefix(first))
    return re.escape(stem)
