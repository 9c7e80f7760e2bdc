"""The topic of any keyword but the default one: the occupation or the field that it names.

A posting is about it if its title says so, if its series is the occupation's, or if the text speaks
of it more than once. A single mention may be anything: most postings name a "Human Resources"
office.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from include.jobs.position import Position
from include.jobs.series import series_names
from include.jobs.specialized_experience import specialized_experience
from include.matching.evidence import Assessment, Evidence, Kind, assess, is_denied
from include.matching.word_forms import MAY_BE_BETWEEN, MIN_STEM_LETTERS, forms_of, word_set

TITLE_SAYS_IT = 0.9
SERIES_IS_IT = 0.75
TITLE_HAS_ITS_WORDS = 0.4
"""In another order, or with others between them: "Civil/Structural Engineer"."""
NEIGHBOUR = 0.3
"""A title or series of another level or of a wider occupation: a nursing assistant or a nurse, if
the keyword is "nurse" or "nurse practitioner"."""
ONE_MENTION = 0.25
SEVERAL_MENTIONS = 0.62
EXPERIENCE_NAMES_IT = 0.3
"""Not enough by itself: "or experience in statistics". Related together with a mention."""

ABBREVIATIONS = {
    "ai": "artificial intelligence",
    "gis": "geographic information systems",
    "hr": "human resources",
    "it": "information technology",
    "lpn": "licensed practical nurse",
    "np": "nurse practitioner",
    "qa": "quality assurance",
    "rn": "registered nurse",
}

# What names of occupations have besides the occupation.
_ROLES = word_set(
    """
    specialist specialists officer officers professional professionals expert experts
    representative registered licensed certified
    """
)
_NEUTRAL = word_set(
    """
    and of the general management administration administrative services service science
    sciences operations series specialist program programs
    """
)
_LEVELS = word_set(
    """
    assistant assistants assistance aid aids aide aides technician technicians technical clerk
    clerks clerical helper helpers student trainee trainees support
    """
)
_LEVEL = re.compile(rf"[\W_]{{1,3}}(?:{'|'.join(sorted(_LEVELS))})\b", re.IGNORECASE)
_OTHER_PERSON = re.compile(r"\b(?:technician|aide?|clerk|helper|trainee|intern)s?\b", re.IGNORECASE)
"""Whoever a title calls so works beside the occupation, or learns it, wherever the word stands."""

_PERSON = re.compile(
    r"\w+(?:ist|ian|er|or|ant|yst)s?|(?:nurse|attorney|pilot|cook|guard|mechanic|architect)s?"
)

# About the application, not about the work.
_ABOUT_APPLYING = re.compile(
    r"\b(?:appl(?:y|ies|ying|icants?)|applications?|questions?|contact|announcements?|vacanc\w+"
    r"|eligib\w+|e-?mail|questionnaires?)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?;](?=\s)|\n(?=\s*[-•*A-Z\d])|[•\u2022]")


class _Words(NamedTuple):
    """A keyword, or a name, as lower-case words."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Words:
        return cls(tuple(re.findall(r"\w+", text.lower())) or (text.lower(),))

    def without(self, others: frozenset[str]) -> tuple[str, ...]:
        """Return the words that are none of the others, or all if all of them are."""
        return tuple(word for word in self.words if word not in others) or self.words


@dataclass(frozen=True)
class KeywordTopic:
    """A keyword's phrase in all its spellings, and what speaks for the occupation it names."""

    phrase: re.Pattern[str]  # of lower-case text
    mention: re.Pattern[str]  # the same, as it counts in a long text
    abbreviation: re.Pattern[str] | None  # of text as it is written
    words: tuple[re.Pattern[str], ...]
    anchors: tuple[str, ...]
    series: dict[str, float]
    names_person: bool
    names_level: bool
    near: frozenset[str] = frozenset()

    @classmethod
    def of(cls, keyword: str) -> KeywordTopic:
        """Return the topic of a keyword."""
        spelled, given = _Words.of(_spelled_out(keyword)), _Words.of(keyword)
        names_person = bool(_PERSON.fullmatch(spelled.words[-1]))
        phrase = re.compile("|".join(dict.fromkeys(map(_together, _phrases(given, spelled)))))
        return cls(
            phrase=phrase,
            # Who needs statistics is no statistician.
            mention=_itself(spelled) if names_person and len(spelled.words) == 1 else phrase,
            abbreviation=_abbreviation(given, spelled),
            words=tuple(_word(word) for word in spelled.words),
            # Every form of a word begins with these letters.
            anchors=tuple(
                {max(each.words, key=len)[:MIN_STEM_LETTERS] for each in (given, spelled)}
            ),
            series=_series_weights(spelled, names_person),
            names_person=names_person,
            names_level=any(word in _LEVELS for word in spelled.words),
        )

    def assess(self, position: Position) -> Assessment:
        """Return whether a posting is about the topic, how strongly, and what decides it."""
        found = [*self._in_title(position.PositionTitle), *self._in_series(position.series)]
        duties, summary = position.duties, position.summary or ""
        mentions = [*self._mentions("duties", duties), *self._mentions("summary", summary)]
        if mentions:
            kind, words = mentions[0]
            weight = SEVERAL_MENTIONS if len(mentions) > 1 else ONE_MENTION
            found.append(Evidence(kind, "text", weight, words))
        # Finding the paragraph takes longer than to see that it can't say anything.
        required = position.qualifications
        if self._places(self.mention, required, required.lower()):
            required = specialized_experience(required)
            for kind, words in self._mentions("experience", required)[:1]:
                found.append(Evidence(kind, "experience", EXPERIENCE_NAMES_IT, words))
        return assess(found)

    def _in_title(self, title: str) -> Iterator[Evidence]:
        of_another = self._is_of_another_person(title)
        for start, end in self._places(self.phrase, title, title.lower()):
            words = _in_one_line(title[start:end])
            if of_another or (self.names_person and _LEVEL.match(title, end)):
                yield Evidence("title", "neighbour", NEIGHBOUR, words)
            else:
                yield Evidence("title", "title", TITLE_SAYS_IT, words)
        found = [pattern.search(title) for pattern in self.words]
        if len(found) > 1 and all(found) and not of_another:
            said = " … ".join(match[0] for match in found if match)
            yield Evidence("title", "title", TITLE_HAS_ITS_WORDS, said)

    def _is_of_another_person(self, title: str) -> bool:
        wanted = self.names_person and not self.names_level
        return wanted and bool(_OTHER_PERSON.search(title))

    def _places(self, pattern: re.Pattern[str], text: str, lowered: str) -> list[tuple[int, int]]:
        """Return where a pattern, or the abbreviation, stands in a text."""
        if not any(anchor in lowered for anchor in self.anchors):
            return []
        found = [match.span() for match in pattern.finditer(lowered)]
        if self.abbreviation:
            found += [match.span() for match in self.abbreviation.finditer(text)]
        return sorted(found)

    def _in_series(self, series: list[str]) -> Iterator[Evidence]:
        for code in series:
            if code in self.series:
                weight, name = self.series[code], f"{code}, {series_names()[code]}"
                family = "neighbour" if weight == NEIGHBOUR else "series"
                yield Evidence("series", family, weight, name)

    def _mentions(self, kind: Kind, text: str) -> list[tuple[Kind, str]]:
        """Return the first two mentions of the phrase in different sentences about the work."""
        lowered = text.lower()
        if len(lowered) != len(text):  # a few letters have a lower case of another length
            text = lowered
        found: list[tuple[Kind, str]] = []
        end_of_sentence = 0
        for first, last in self._places(self.mention, text, lowered):
            if first < end_of_sentence:
                continue
            start, end_of_sentence = _sentence_around(text, first, last)
            sentence = text[start:end_of_sentence]
            if not _ABOUT_APPLYING.search(sentence) and not is_denied(lowered, first):
                found.append((kind, _in_one_line(text[first:last])))
            if len(found) == 2:
                break
        return found


SENTENCE_CHARACTERS = 400
"""Looked at on either side of a mention."""


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    begin = max(0, start - SENTENCE_CHARACTERS)
    for separator in _SENTENCE_END.finditer(text, begin, start):
        begin = separator.end()
    following = _SENTENCE_END.search(text, end, end + SENTENCE_CHARACTERS)
    return begin, following.start() if following else min(len(text), end + SENTENCE_CHARACTERS)


def _in_one_line(words: str) -> str:
    return " ".join(words.split())


def _spelled_out(keyword: str) -> str:
    return " ".join(ABBREVIATIONS.get(word.lower(), word) for word in keyword.split())


def _phrases(given: _Words, spelled: _Words) -> Iterator[_Words]:
    """Yield the ways to write the keyword in lower case."""
    yield spelled
    if len(given.words) > 1:  # "it" alone is a pronoun
        yield given


def _abbreviation(given: _Words, spelled: _Words) -> re.Pattern[str] | None:
    """Return a pattern for a keyword that is nothing but an abbreviation, in capitals."""
    if given == spelled or len(given.words) > 1:
        return None
    return re.compile(rf"\b{re.escape(given.words[0].upper())}s?\b")


def _together(words: _Words) -> str:
    first, *others = map(forms_of, words.words)
    stem = first[:MIN_STEM_LETTERS]
    # A literal beginning makes the search fast.
    begins = f"{stem}(?<!\\w{stem}){first[len(stem) :]}" if stem.isalpha() else rf"\b{first}"
    return f"{MAY_BE_BETWEEN.join((begins, *others))}(?!\\w)"


def _itself(keyword: _Words) -> re.Pattern[str]:
    """Return a pattern for a single word, in the singular or plural."""
    return re.compile(rf"\b{re.escape(keyword.words[0].removesuffix('s'))}s?\b")


def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{forms_of(word)})\b", re.IGNORECASE)


def _series_weights(keyword: _Words, names_person: bool) -> dict[str, float]:
    """Return how much each series whose official name has to do with the keyword says."""
    wanted = keyword.without(_ROLES)
    weights = {
        code: _weight_of_name(_Words.of(name), wanted, names_person)
        for code, name in series_names().items()
    }
    return {code: weight for code, weight in weights.items() if weight}


def _weight_of_name(name: _Words, wanted: tuple[str, ...], names_person: bool) -> float:
    """Return the weight of a series' name.

    It is the keyword's own series if it has all its words and ends with one of them, apart from
    words that say little. It is a neighbour if it is another level, or says no more than the
    keyword's last word or its person: "Nurse" for "nurse practitioner".
    """
    own = name.without(_LEVELS)
    telling = _Words(own).without(_NEUTRAL)
    if all(any(_is_form(word, each) for each in name.words) for word in wanted):
        if not any(_is_form(word, end) for word in wanted for end in (telling[-1], own[-1])):
            return 0.0
        return NEIGHBOUR if names_person and len(own) < len(name.words) else SERIES_IS_IT
    head_or_person = (wanted[-1], *filter(_PERSON.fullmatch, wanted))
    wider = len(telling) == 1 and any(_is_form(word, telling[0]) for word in head_or_person)
    return NEIGHBOUR if wider else 0.0


def _is_form(word: str, other: str) -> bool:
    return bool(re.fullmatch(forms_of(word), other))
