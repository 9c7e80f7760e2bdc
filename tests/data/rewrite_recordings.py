"""Rewrites recorded answers of the USAJOBS APIs, for tests to have where the real ones are absent.

    python -m tests.data.rewrite_recordings [SOURCE_FOLDER]
    python -m tests.data.rewrite_recordings --check [SOURCE_FOLDER]

Keys, types, codes, official names, figures, dates and places stay. Agencies get made-up names, and
every other text gets other words: no five words in a row of any text of the source are left.
`--check` writes nothing; it fails where the files here are not what would be written, or leak.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tests.data.free_text import Run, is_all_kept, made_up_names, rewritten, runs_of

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[2] / "shared" / "data"

CODE_LISTS = "usajobs/codelists"
LABELS = "labels/topic.jsonl"
PATTERNS = ("usajobs/*.json*", f"{CODE_LISTS}/*.json*", f"{LABELS}*")

SMALL_CHARACTERS = 20_000
"""A file up to this size is written to be read, and not compressed."""

STAYING_FIELDS = {
    "numbers of postings": "MatchedObjectId control_number usajobsControlNumber id",
    "codes": """
        Code LanguageCode OrganizationCodes RateIntervalCode TravelCode HiringPath hiringPath
        hiring_paths ServiceType AnnouncementClosingType AnnouncementClosingTypeOption MCOTags
        hiringAgencyCode hiringDepartmentCode payScale series occupation_series label
        $$hashKey continuationToken next
    """,
    "names of codes": """
        JobCategory.Name Description SecurityClearance securityClearance AdjudicationType
        PositionSensitivitiy positionOpeningStatus salaryType appointmentType appointment_type
        workSchedule
    """,
    "figures and flags in texts": """
        NumberOfPages MinimumRange MaximumRange LowGrade HighGrade minimumGrade maximumGrade
        PromotionPotential promotionPotential TotalOpenings totalOpenings CommuteDistance
        WithinArea Relocation DrugTestRequired supervisoryStatus teleworkEligible
    """,
    "dates": """
        PublicationStartDate PositionStartDate PositionEndDate ApplicationCloseDate
        positionOpenDate positionCloseDate open_date close_date
    """,
    "places": """
        LocationName CityName CountryCode CountrySubDivisionCode ResolvedLocation
        positionLocationCity positionLocationState
    """,
}
STAYS = frozenset(" ".join(STAYING_FIELDS.values()).split())
AGENCIES = {
    "OrganizationName",
    "DepartmentName",
    "SubAgency",
    "SubAgencyName",
    "hiringAgencyName",
    "hiringDepartmentName",
    "department",
    "agency",
}
OFFICIAL_OR_OWN = {"PositionOfferingType.Name", "PositionSchedule.Name", "PositionLocationDisplay"}
"""Where agencies leave the official name, or put a text of their own."""

NO_ONE_PLACE = ("Anywhere in the U.S. (remote job)", "Multiple Locations")
POSTING = re.compile(r"https://www\.usajobs\.gov(:443)?/(job|GetJob/ViewDetails)/\d+(\?\w+=\w*)?")

Kind = Literal["stays", "agency", "text"]


class Field(NamedTuple):
    """A text of a recording, with the key under which it stands."""

    key: str
    text: str


class Recordings:
    """A folder of recordings, large ones of which may be compressed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return "/".join(self.folder.parts[-2:])

    def names(self) -> list[str]:
        """Return the files by their paths in the folder, as if none were compressed."""
        found = (path for pattern in PATTERNS for path in self.folder.glob(pattern))
        return sorted(str(path.relative_to(self.folder)).removesuffix(".xz") for path in found)

    def read(self, name: str) -> Any:
        """Return what a file holds: of JSON lines, the list of what each of them holds."""
        compressed = self.folder / f"{name}.xz"
        if compressed.is_file():
            text = lzma.decompress(compressed.read_bytes()).decode()
        else:
            text = (self.folder / name).read_text(encoding="utf-8")
        if _has_lines(name):
            return [json.loads(line) for line in text.split("\n") if line]
        return json.loads(text)

    def write(self, name: str, held: Any) -> None:
        """Write a file; what it is to hold decides on every byte."""
        plain, compressed = self.folder / name, self.folder / f"{name}.xz"
        plain.parent.mkdir(parents=True, exist_ok=True)
        for path in (plain, compressed):
            path.unlink(missing_ok=True)
        lines = held if _has_lines(name) else [held]
        text = "".join(f"{_dumped(line)}\n" for line in lines)
        if len(text) > SMALL_CHARACTERS:
            preset = 9 | lzma.PRESET_EXTREME
            compressed.write_bytes(lzma.compress(text.encode(), preset=preset))
        else:
            indented = f"{_dumped(held, indent=1)}\n"
            plain.write_text(text if _has_lines(name) else indented, encoding="utf-8")


class Rewriting:
    """What becomes of the recordings of one folder."""

    def __init__(self, source: Recordings) -> None:
        self.source = source
        fields = [
            field
            for name in source.names()
            if not is_code_list(name)
            for field in fields_of(source.read(name))
        ]
        self._official = _official_names(source, fields)
        self._forbidden = self._runs(fields)
        self._agencies = made_up_names(field.text for field in fields if field.key in AGENCIES)
        self._rewritten = cache(lambda text: rewritten(text, self._forbidden))

    def recording(self, name: str) -> Any:
        """Return a recording, rewritten. Code lists stay: they are codes and official names."""
        held = self.source.read(name)
        return held if is_code_list(name) else _replaced(held, self._replacement)

    def leaks(self, name: str, held: Any) -> frozenset[Run]:
        """Return what stands in a row in a rewritten recording and in a text of the source."""
        return frozenset() if is_code_list(name) else self._forbidden & self._runs(fields_of(held))

    def kind(self, field: Field) -> Kind:
        """Tell what is to become of a text."""
        if field.key in STAYS or POSTING.fullmatch(field.text):
            return "stays"
        if field.key in OFFICIAL_OR_OWN and field.text.strip().casefold() in self._official:
            return "stays"
        return "agency" if field.key in AGENCIES else "text"

    def _runs(self, fields: Iterable[Field]) -> frozenset[Run]:
        replaced = {
            field.text
            for field in fields
            if self.kind(field) != "stays" and not is_all_kept(field.text)
        }
        return frozenset(run for text in replaced for run in runs_of(text))

    def _replacement(self, field: Field) -> str:
        match self.kind(field):
            case "stays":
                return field.text
            case "agency":
                return self._agencies.get(field.text.casefold(), field.text)
            case "text":
                return self._rewritten(field.text)


def is_code_list(name: str) -> bool:
    """Tell whether a file is a list of official codes, which are no answers to a search."""
    return name.startswith(CODE_LISTS)


def fields_of(held: Any, key: str = "") -> Iterator[Field]:
    """Yield every text of a recording."""
    if isinstance(held, dict):
        for name, value in held.items():
            yield from fields_of(value, _key(key, name))
    elif isinstance(held, list):
        for value in held:
            yield from fields_of(value, key)
    elif isinstance(held, str):
        yield Field(key, held)


def write_all(rewriting: Rewriting, target: Recordings) -> None:
    """Write every recording of the source, rewritten."""
    for name in rewriting.source.names():
        target.write(name, rewriting.recording(name))


def problems(rewriting: Rewriting, target: Recordings) -> list[str]:
    """Return what is wrong with the rewritten recordings, a sentence each."""
    names = rewriting.source.names()
    odd = sorted(set(names) ^ set(target.names()))
    found = [f"{name} stands in one of the two folders only." for name in odd]
    for name in sorted(set(names) - set(odd)):
        held = target.read(name)
        if leaks := rewriting.leaks(name, held):
            found.append(f"{name} has {len(leaks)} runs of words that the source has too.")
        if held != rewriting.recording(name):
            found.append(f"{name} is not what is written today.")
    return found


def _has_lines(name: str) -> bool:
    return name.endswith(".jsonl")


def _dumped(held: Any, indent: int | None = None) -> str:
    return json.dumps(held, ensure_ascii=False, indent=indent)


def _key(outer: str, name: str) -> str:
    return f"{outer}.{name}" if name == "Name" else name


def _replaced(held: Any, replacement: Callable[[Field], str], key: str = "") -> Any:
    if isinstance(held, dict):
        return {
            name: _replaced(value, replacement, _key(key, name)) for name, value in held.items()
        }
    if isinstance(held, list):
        return [_replaced(value, replacement, key) for value in held]
    return replacement(Field(key, held)) if isinstance(held, str) else held


def _official_names(source: Recordings, fields: Iterable[Field]) -> frozenset[str]:
    names = {field.text for field in fields if field.key == "LocationName"}
    for name in filter(is_code_list, source.names()):
        (code_list,) = source.read(name)["CodeList"]
        names |= {entry["Value"] for entry in code_list["ValidValue"]}
    return frozenset(name.strip().casefold() for name in (*names, *NO_ONE_PLACE, ""))


def main() -> int:
    """Write, or check, as the command line says, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", nargs="?", type=Path, default=SOURCE, metavar="SOURCE_FOLDER")
    parser.add_argument("--check", action="store_true", help="write nothing, tell what is wrong")
    chosen = parser.parse_args()
    source, target = Recordings(chosen.source), Recordings(HERE)
    if not source.names():
        parser.error(f"there are no recordings in {chosen.source}")
    rewriting = Rewriting(source)
    if not chosen.check:
        write_all(rewriting, target)
    found = problems(rewriting, target)
    print("\n".join(found) or f"{len(target.names())} recordings are as they should be.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
