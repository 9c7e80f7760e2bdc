"""The facts of a posting on which an application is decided or fails.

They are kept apart from the content, whose digest must stay what it was: a field that the program
learns to read makes no version and no amendment. What a posting doesn't say is null.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from include.jobs.codes import BY_APPLICATIONS, OPEN_CONTINUOUS
from include.jobs.text_types import Name, Text


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class ClosesWhen(_Fact):
    """How an announcement closes."""

    type: Name = Field(
        description="01 on its closing date, 02 open continuous, 03 when so many applications are "
        "in, on its closing date at the latest"
    )
    applications: int | None = Field(default=None, description="so many, if it says how many")


class Appointment(_Fact):
    """What kind of appointment it is, and how long it lasts."""

    kind: Name | None = Field(
        default=None,
        description="from USAJOBS's code list: permanent, temporary, term, detail, …; null if the "
        "posting contradicts itself",
    )
    length: Name | None = Field(
        default=None, description="at most so long, or until then: 13 months, 9/30/2027"
    )


class Travel(_Fact):
    """How much one travels."""

    code: Name = Field(description="from USAJOBS's code list: 0, 1, 2, …")
    words: Name = Field(description="the code's name: Not required, 25% or less, …")


class SpecializedExperience(_Fact):
    """The experience that an applicant must have."""

    text: Text = Field(description="the sentences that describe it")
    grade: Name | None = Field(
        default=None,
        description="the grade that it has to be equivalent to, as GS-12; of several, the lowest",
    )


class Facts(_Fact):
    """What decides an application, besides the content; null where the posting doesn't say it."""

    closes_when: ClosesWhen | None = Field(default=None, description="how the announcement closes")
    appointment: Appointment | None = Field(default=None, description="permanent or for how long")
    schedule: Name | None = Field(
        default=None, description="from USAJOBS's code list: Full-time, Part-time, …"
    )
    promotion_potential: int | Name | None = Field(
        default=None, description="the grade to which one is promoted without a new application"
    )
    supervisory: bool | None = Field(default=None, description="whether one supervises others")
    security_clearance: Name | None = Field(
        default=None, description="from USAJOBS's code list: Not Required, Secret, Top Secret, …"
    )
    travel: Travel | None = Field(default=None, description="how much one travels")
    relocation: bool | None = Field(
        default=None, description="whether the expenses of moving are reimbursed"
    )
    drug_test: bool | None = Field(default=None, description="whether a drug test is required")
    openings: int | Name | None = Field(
        default=None, description="how many are hired: a number, few or many"
    )
    direct_hire: bool | None = Field(
        default=None, description="true if the posting says that direct-hire authority is used"
    )
    specialized_experience: SpecializedExperience | None = Field(
        default=None, description="the experience that an applicant must have"
    )
    apply_at: Text | None = Field(default=None, description="the address to apply, https only")

    @property
    def required_experience(self) -> str:
        """The sentences that describe the specialized experience; empty if there are none."""
        return self.specialized_experience.text if self.specialized_experience else ""

    @property
    def is_open_continuous(self) -> bool:
        """Whether it collects applications until further notice."""
        return self.closes_when is not None and self.closes_when.type == OPEN_CONTINUOUS

    @property
    def cap(self) -> int | None:
        """After how many applications it closes, if it says so."""
        if self.closes_when is None or self.closes_when.type != BY_APPLICATIONS:
            return None
        return self.closes_when.applications
