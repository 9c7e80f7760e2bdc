"""The parameters of a run, with their limits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

from pydantic_core import PydanticCustomError

from include.jobs.codes import HIRING_PATHS
from include.searches import wishes
from include.searches.exclusions import MOST_CHARACTERS as MOST_CHARACTERS_OF_AN_ENTRY
from include.searches.exclusions import (
    MOST_ENTRIES,
    POSSIBLE,
    UnknownExclusion,
    tidy_entries,
)
from include.searches.keys import Identity
from include.searches.locations import (
    MOST_CHARACTERS,
    MOST_PLACES,
    REMOTE,
    UnknownLocation,
    places_of,
    read_location,
)
from include.searches.visible_text import END, INVISIBLE, ONLY_VISIBLE


def _whole_number(value: object) -> object:
    """Refuse what Pydantic would convert to an integer, and Airflow refuses."""
    if isinstance(value, bool | str):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return value


def _distinct(codes: list[str]) -> list[str]:
    if repeated := next((code for code in codes if codes.count(code) > 1), None):
        raise ValueError(f"{repeated!r} is listed more than once")
    return codes


def _known_path(code: str) -> str:
    if code not in HIRING_PATHS:
        raise ValueError(f"a hiring path is one of {', '.join(HIRING_PATHS)}")
    return code


HiringPath = Annotated[
    str, AfterValidator(_known_path), Field(json_schema_extra={"enum": list(HIRING_PATHS)})
]


def _known_location(text: str) -> str:
    try:
        return read_location(text)
    except UnknownLocation as problem:
        raise PydanticCustomError("unknown_place", "{why}", {"why": str(problem)}) from None


def _known_exclusions(entries: object) -> list[str]:
    if entries is None:
        return []
    if not isinstance(entries, list) or not all(isinstance(each, str) for each in entries):
        raise ValueError(f"it is a list of texts; {POSSIBLE}")
    try:
        return tidy_entries(entries)
    except UnknownExclusion as problem:
        raise ValueError(str(problem)) from None


def _choice(choices: tuple[str, ...]) -> Any:
    """Return the form's field of a wish, in which one of these is chosen."""
    return {"enum": list(choices), "values_display": {wishes.ANY: "any: doesn't matter"}}


EXAMPLES = (
    *("Chicago, Illinois", "Washington, District of Columbia", "New York, New York"),
    *("San Antonio, Texas", "San Diego, California", "Denver, Colorado", "Atlanta, Georgia"),
    *("Huntsville, Alabama", "Norfolk, Virginia", "Seattle, Washington", "Honolulu, Hawaii"),
    *("Chicago, Illinois; Milwaukee, Wisconsin", REMOTE),
)
"""Locations that the trigger form proposes."""


class BadParameters(ValueError):
    """The parameters of a run are not valid; the message names each and what is wrong."""


class SearchParameters(BaseModel):
    """The parameters of the trigger form, with their limits.

    The DAG's params are generated from this model's JSON schema, so the trigger form, the REST API
    and the command line apply the same limits.
    """

    # Python's own, so that it and Airflow read a pattern alike.
    model_config = ConfigDict(extra="forbid", frozen=True, regex_engine="python-re")

    keyword: Annotated[
        str,
        Field(
            title="Keyword",
            description="Words that must all occur in the announcement, without control or hidden "
            "characters. The hits are then checked for relevance.",
            min_length=2,
            max_length=100,
            pattern=rf"^[^{INVISIBLE}]*[A-Za-z0-9][^{INVISIBLE}]*{END}",
        ),
    ] = "data engineering"
    location: Annotated[
        str,
        Field(
            title="Location",
            description="City and state, as in “Chicago, Illinois” or “chicago, il”; several, at "
            f"most {MOST_PLACES}, joined with “;”; or “{REMOTE}”. If a place is not known, the run "
            "fails before anything is requested, and its reason proposes others.",
            min_length=1,
            max_length=MOST_CHARACTERS,
            pattern=ONLY_VISIBLE,
            examples=list(EXAMPLES),
        ),
        AfterValidator(_known_location),
    ] = "Chicago, Illinois"
    radius_miles: Annotated[
        int,
        Field(
            title="Radius (miles)",
            description="How far a place of work may be from the location. Remote jobs are kept "
            "wherever they are.",
            ge=1,
            le=500,
        ),
        BeforeValidator(_whole_number),
    ] = 50
    years_of_experience: Annotated[
        int,
        Field(
            title="Years of experience",
            description="Years of relevant work. With five, GS-12 is the target, GS-11 is safe and "
            "GS-13 is a stretch.",
            ge=0,
            le=50,
        ),
        BeforeValidator(_whole_number),
    ] = 5
    minimum_pay: Annotated[
        int,
        Field(
            title="Minimum pay ($ a year)",
            description="Compared with the top of the pay within reach; 0 means any pay.",
            ge=0,
            le=1_000_000,
        ),
        BeforeValidator(_whole_number),
    ] = 100_000
    hiring_paths: Annotated[
        list[HiringPath],
        AfterValidator(_distinct),
        Field(
            title="Hiring paths",
            description="The groups that you belong to, as “Veterans” (vet) or “Military spouses” "
            "(mspouse).",
            min_length=1,
            max_length=len(HIRING_PATHS),
            json_schema_extra={
                "examples": list(HIRING_PATHS),
                "values_display": dict(HIRING_PATHS),
                "uniqueItems": True,
            },
        ),
    ] = ["public"]
    appointment: Annotated[
        str,
        BeforeValidator(wishes.read_appointment),
        Field(
            title="Appointment",
            description="“permanent” leaves out temporary, term and other limited jobs. A job that "
            "doesn't say what it is stays.",
            json_schema_extra=_choice(wishes.APPOINTMENT_WISHES),
        ),
    ] = wishes.ANY
    maximum_travel: Annotated[
        str,
        BeforeValidator(wishes.read_maximum_travel),
        Field(
            title="Maximum travel",
            description="The most that you are willing to travel, in the words of USAJOBS. A job "
            "that doesn't say how much one travels stays.",
            json_schema_extra=_choice(wishes.TRAVEL_WISHES),
        ),
    ] = wishes.ANY
    clearance: Annotated[
        str,
        BeforeValidator(wishes.read_clearance),
        Field(
            title="Security clearance",
            description="The highest that you are willing to hold; Q counts as Top Secret, L as "
            "Secret. A job that doesn't say whether one is needed stays.",
            json_schema_extra=_choice(wishes.CLEARANCE_WISHES),
        ),
    ] = wishes.ANY
    telework: Annotated[
        bool,
        BeforeValidator(wishes.read_telework),
        Field(
            title="Telework",
            description="Whether telework has to be possible; remote jobs count. A job that "
            "doesn't say whether it is stays.",
        ),
    ] = False
    exclude: Annotated[
        list[str],
        BeforeValidator(_known_exclusions),
        Field(
            title="Exclude",
            description="Agencies, series and words in titles that you don't want, one a line: "
            "“Department of the Army”, “0332”, “intern”. “agency: Energy”, “series: Nurse” or "
            "“title: nurse” says which is meant.",
            json_schema_extra={
                # Airflow 2's form has null for no entry.
                "type": ["array", "null"],
                "maxItems": MOST_ENTRIES,
                "items": {
                    "type": "string",
                    "maxLength": MOST_CHARACTERS_OF_AN_ENTRY,
                    "pattern": ONLY_VISIBLE,
                },
            },
        ),
    ] = []

    @model_serializer(mode="wrap")
    def _without_unset_wishes(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out wishes that are not set: a search without any is what it was before them."""
        given: dict[str, Any] = handler(self)
        return {name: value for name, value in given.items() if value != wishes.OFF.get(name, ...)}

    @property
    def places(self) -> list[str]:
        """The places that distances are measured from; none for remote jobs only."""
        return places_of(self.location)

    @property
    def identity(self) -> Identity:
        """What tells this search from others in documents: keyword, location and radius."""
        return Identity.of(self.keyword, self.location, self.radius_miles)

    @property
    def slug(self) -> str:
        """The search's key in documents; runs with the same slug update the same `matches` entry.

        It consists of keyword, location and radius: `data-engineering-chicago-illinois-50`.
        """
        return self.identity.key


def read_parameters(values: Mapping[str, Any]) -> SearchParameters:
    """Return the parameters of a run.

    Raises:
        BadParameters: a value is outside its limits, or a name is unknown (and probably misspelt).
    """
    try:
        return SearchParameters.model_validate(dict(values))
    except ValidationError as error:
        wrong = "; ".join(describe_error(problem, SearchParameters) for problem in error.errors())
        known = ", ".join(SearchParameters.model_fields)
        raise BadParameters(
            f"The run's parameters can't be used: {wrong}{'' if wrong.endswith('?') else '.'} The "
            f"parameters are {known}."
        ) from None


def check_words(conf: Mapping[str, Any]) -> None:
    """Check the location and the wishes of a run, of which Airflow's own check knows less.

    Raises:
        BadParameters: a place is not known, or a wish can't be understood.
    """
    read_parameters({name: conf[name] for name in ("location", *wishes.OFF) if name in conf})


def describe_error(problem: ErrorDetails, model: type[SearchParameters]) -> str:
    """Return a validation error as text."""
    name = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        return f"there is no parameter {name!r:.60}"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "string_pattern_mismatch":
        message = model.model_fields[name].description or message
    return f"{name} = {problem['input']!r:.60}: {message}"


DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
"""Airflow validates each field by the draft it declares; newer drafts take three times as long."""


@cache
def trigger_form() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each parameter's field in the trigger form."""
    return {name: {**DRAFT_7, **field} for name, field in _form_fields().items()}


@cache
def _form_fields() -> dict[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = SearchParameters.model_json_schema()["properties"]
    return fields
