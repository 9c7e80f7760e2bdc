"""The topic of any keyword but the default one: the occupation or the field that it names.

A posting is about it if its title says so, if its series is the occupation's, or if the text speaks
of it more than once. A single mention may be anything: most postings name a "Human Resources"
office.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from include.jobs.position import Position
from include.jobs.series import series_names
from include.matching.evidence import (
    AT_MOST_RELATED,
    Assessment,
    Evidence,
    Kind,
    assess,
)
from include.matching.mention import is_denied
from include.matching.occupation_names import (
    ABBREVIATIONS,
    begins_another,
    official_names,
    spelled_out,
)
from include.matching.of_others import (
    is_about_a_part,
    is_of_others,
    is_office_for,
    is_part_of_a_name,
)
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
_LEVEL = re.compile(rf"(?:['\u2019]s)?[\W_]{{1,3}}(?:{'|'.join(sorted(_LEVELS))})\b", re.IGNORECASE)
_OTHER_PERSON = re.compile(r"\b(?:technician|aide?|clerk|helper|trainee|intern)s?\b", re.IGNORECASE)
"""Whoever a title calls so works beside the occupation, or learns it, wherever the word stands."""
_HELPER = re.compile(r"\b(?:aide?|helper|assistant(?!s?\s+\w))s?\b", re.IGNORECASE)
"""Of those beside it, who has the occupation's own series too; but an assistant counsel is one."""
_BROAD = word_set("general miscellaneous")
_SAY_LITTLE = word_set("analysis officer series specialist")
"""With these, the name of a series tells no occupation: 0343, Management and Program Analysis."""

_PERSON = re.compile(
    r"\w+(?:ist|ian|er|or|ant|yst)s?|(?:nurse|attorney|secretary|pilot|cook|guard|mechanic|architect|clerk|agent|surgeon|chaplain"
    r"|marshal|judge|paralegal)s?|secretaries"
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


class _Mention(NamedTuple):
    """Words in a text, and whether they speak of other people or offices."""

    kind: Kind
    words: str
    of_others: bool


@dataclass(frozen=True)
class KeywordTopic:
    """A keyword's phrase in all its spellings, and what speaks for the occupation it names."""

    phrase: re.Pattern[str]  # of lower-case text
    mention: re.Pattern[str]  # the same, as it counts in a long text
    abbreviation: re.Pattern[str] | None  # of text as it is written
    specialty: re.Pattern[str] | None  # the same, in titles only
    words: tuple[re.Pattern[str], ...]
    anchors: tuple[str, ...]
    series: dict[str, float]
    names_person: bool
    names_itself: bool  # a person of the occupation, not one who helps or learns
    near: frozenset[str] = frozenset()

    @classmethod
    def of(cls, keyword: str) -> KeywordTopic:
        """Return the topic of a keyword."""
        given, spelled = _Words.of(keyword), _Words.of(spelled_out(keyword))
        official = [_Words.of(name) for name in official_names(" ".join(spelled.words))]
        names_person = bool(_PERSON.fullmatch(spelled.words[-1]))
        short = _abbreviation(given, spelled)
        phrases = list(dict.fromkeys(_phrases(given, spelled, official)))
        series = _series_weights([spelled, *official], names_person)
        return cls(
            phrase=re.compile("|".join(map(_together, phrases))),
            mention=re.compile("|".join(_mentioned(each) for each in phrases)),
            abbreviation=_in_capitals(short) if short else None,
            specialty=None if SERIES_IS_IT in series.values() else _specialty(given),
            words=tuple(_word(word) for word in spelled.words),
            # Every form of a word begins with these letters.
            anchors=tuple(
                {max(each.words, key=len)[:MIN_STEM_LETTERS] for each in phrases}
                | ({short} if short else set())
            ),
            series=series,
            names_person=names_person,
            names_itself=names_person and not any(word in _LEVELS for word in spelled.words),
        )

    def assess(self, position: Position) -> Assessment:
        """Return whether a posting is about the topic, how strongly, and what decides it."""
        of_title = list(self._in_title(position.PositionTitle))
        found = [*of_title, *self._in_series(position.series)]
        duties, summary = position.duties, position.summary or ""
        mentions = [*self._mentions("duties", duties), *self._mentions("summary", summary)]
        if mentions:
            of_itself = [each for each in mentions if not each.of_others]
            kind, words, _ = (of_itself or mentions)[0]
            weight = SEVERAL_MENTIONS if len(of_itself) > 1 else ONE_MENTION
            found.append(Evidence(kind, "text", weight, words))
        for kind, words, _ in self._mentions("experience", position.facts.required_experience)[:1]:
            found.append(Evidence(kind, "experience", EXPERIENCE_NAMES_IT, words))
        assessment = assess(found)
        if assessment.outcome == "on" and self._is_of_another(position, of_title):
            return assess(found, limit=AT_MOST_RELATED)
        return assessment

    def _is_of_another(self, position: Position, of_title: list[Evidence]) -> bool:
        """Return whether the title or the series is another person's or another field's."""
        if any(piece.weight == TITLE_SAYS_IT for piece in of_title):
            return False
        title = position.PositionTitle
        if any(self.series.get(code) == SERIES_IS_IT for code in position.series):
            return self._is_of_helper(title)
        if self._is_of_another_person(title) or any(
            each.family == "neighbour" for each in of_title
        ):
            return True
        return SERIES_IS_IT in self.series.values() and self._has_another_series(position)

    def _is_of_helper(self, title: str) -> bool:
        """Return whether a title of the own series is a helper's: 2805 has electrician helpers."""
        return self.names_itself and bool(_HELPER.search(title))

    def _has_another_series(self, position: Position) -> bool:
        """Return whether a series is another occupation's, and none has to do with the keyword.

        A title that has the name of its series says so of any. The work of a field may be part of
        other occupations of its group.
        """
        if any(code in self.series for code in position.series):
            return False
        if self.names_person and any(map(_names_occupation, position.series)):
            return True
        groups = {code[:2] for code in self.series}
        return any(
            _is_name_in(code, position.PositionTitle)
            for code in position.series
            if self.names_person or code[:2] not in groups
        )

    def _in_title(self, title: str) -> Iterator[Evidence]:
        of_another = self._is_of_another_person(title)
        places = self._places(self.phrase, title, title.lower())
        if self.specialty:
            places += [match.span() for match in self.specialty.finditer(title)]
        for start, end in places:
            if self.names_person and is_part_of_a_name(title, start, end):
                continue
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
        return self.names_itself and bool(_OTHER_PERSON.search(title))

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

    def _mentions(self, kind: Kind, text: str) -> list[_Mention]:
        """Return the first mentions of the phrase in sentences about the work.

        The last one is the second in another sentence that speaks of the wanted person or field.
        """
        lowered = text.lower()
        if len(lowered) != len(text):  # a few letters have a lower case of another length
            text = lowered
        found: list[_Mention] = []
        end_of_sentence = of_itself = 0
        for first, last in self._places(self.mention, text, lowered)[:MOST_MENTIONS]:
            if first < end_of_sentence:
                continue
            start, end = _sentence_around(text, first, last)
            sentence = text[start:end]
            if _ABOUT_APPLYING.search(sentence) or is_denied(lowered, first, last):
                continue
            of_others = self._is_of_others(text, first, last, sentence)
            found.append(_Mention(kind, _in_one_line(text[first:last]), of_others))
            if not of_others:
                end_of_sentence = end
                of_itself += 1
            if of_itself == 2:
                break
        return found

    def _is_of_others(self, text: str, start: int, end: int, sentence: str) -> bool:
        if self.names_person:
            return is_of_others(text, start, end)
        return is_about_a_part(sentence) or is_office_for(text, start, end)


MOST_MENTIONS = 50
"""Looked at in a text, however often it repeats itself."""

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


def _phrases(given: _Words, spelled: _Words, official: list[_Words]) -> Iterator[_Words]:
    """Yield the ways to write the keyword in lower case."""
    yield spelled
    if len(given.words) > 1:  # "it" alone is a pronoun
        yield given
    yield from official


def _abbreviation(given: _Words, spelled: _Words) -> str | None:
    """Return an abbreviation that the keyword gives, if it says nothing else."""
    whole = " ".join(spelled.words)
    return next((word for word in given.words if ABBREVIATIONS.get(word) == whole), None)


def _specialty(given: _Words) -> re.Pattern[str] | None:
    """Return a pattern for an abbreviation before a role: "(GIS)" for "GIS analyst"."""
    first, *role = given.words
    is_one = first in ABBREVIATIONS and len(role) == 1 and bool(_PERSON.fullmatch(role[0]))
    return _in_capitals(first) if is_one else None


def _in_capitals(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word.upper())}s?\b")


def _together(words: _Words) -> str:
    first, *others = map(forms_of, words.words)
    stem = first[:MIN_STEM_LETTERS]
    # A literal beginning makes the search fast.
    begins = f"{stem}(?<!\\w{stem}){first[len(stem) :]}" if stem.isalpha() else rf"\b{first}"
    begins = "".join(f"(?<!{word})" for word in begins_another(" ".join(words.words))) + begins
    return f"{MAY_BE_BETWEEN.join((begins, *others))}(?!\\w)"


def _mentioned(keyword: _Words) -> str:
    """Return a pattern for a phrase as it counts in a text.

    A single word for people is itself only: who needs statistics is no statistician.
    """
    if len(keyword.words) > 1 or not _PERSON.fullmatch(keyword.words[0]):
        return _together(keyword)
    one = re.sub(r"ies$", "y", keyword.words[0]).removesuffix("s")
    return rf"\b{re.escape(one.removesuffix('y'))}{'(?:ys?|ies)' if one[-1] == 'y' else 's?'}\b"


def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{forms_of(word)})\b", re.IGNORECASE)


def _series_weights(keywords: Iterable[_Words], names_person: bool) -> dict[str, float]:
    """Return how much each series whose official name has to do with a keyword says."""
    found: dict[str, float] = {}
    for keyword in keywords:
        for code, weight in _weights_of_names(keyword, names_person).items():
            found[code] = max(weight, found.get(code, 0.0))
    return found


def _weights_of_names(keyword: _Words, names_person: bool) -> dict[str, float]:
    names = {code: _Words.of(name) for code, name in series_names().items()}
    wanted = keyword.without(_ROLES)
    weights = {code: _weight_of_name(name, wanted, names_person) for code, name in names.items()}
    exact = {code for code, name in names.items() if _is_named(name, keyword)}
    if exact and wanted != keyword.words:
        # "Medical Officer" is a series, so "medical" alone isn't the occupation.
        weights = {code: min(weight, NEIGHBOUR) for code, weight in weights.items()}
    weights.update(dict.fromkeys(exact or _of_analyst(keyword, names), SERIES_IS_IT))
    return {code: weight for code, weight in weights.items() if weight}


def _is_named(name: _Words, keyword: _Words) -> bool:
    return len(name.words) == len(keyword.words) and all(map(_is_form, keyword.words, name.words))


def _of_analyst(keyword: _Words, names: dict[str, _Words]) -> set[str]:
    """Return the series of an analyst's field: "operations research analyst"."""
    *field, role = keyword.words
    if role not in ("analyst", "analysts"):
        return set()
    return {code for code, name in names.items() if _is_named(name, _Words(tuple(field)))}


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


@cache
def _names_occupation(code: str) -> bool:
    """Return whether the name of a series is one occupation's, as that of 0301 isn't."""
    words = frozenset(_Words.of(series_names().get(code, "")).words)
    return not words & _BROAD and bool(words - _NEUTRAL - _SAY_LITTLE)


@lru_cache(maxsize=4096)
def _is_name_in(code: str, title: str) -> bool:
    """Return whether a title has the words of a series' name, as "Budget Analyst" has 0560's."""
    name = _Words.of(series_names().get(code, "")).without(_NEUTRAL | _BROAD)
    words = _Words.of(spelled_out(title)).words
    return all(any(_is_form(each, word) for word in words) for each in name)


def _is_form(word: str, other: str) -> bool:
    return bool(re.fullmatch(forms_of(word), other))
