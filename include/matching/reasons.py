"""The reason codes: why a position fails a rule."""

from __future__ import annotations

from pydantic import BaseModel, Field

REASON_TITLES = {
    "hiring_path": "not open to you",
    "students_only": "for students only",
    "executives_only": "for executives only",
    "hiring_path_unknown": "unclear who may apply",
    "off_topic": "off topic",
    "related_topic": "only related to the topic",
    "grade_too_high": "grade too high",
    "grade_too_low": "grade too low",
    "career_ladder": "starts lower",
    "pay_too_low": "pay too low",
    "pay_unknown": "pay can't be compared",
    "too_far": "too far away",
    "place_unknown": "place not known",
    "not_remote": "not a remote job",
    "not_permanent": "not a permanent appointment",
    "too_much_travel": "too much travel",
    "clearance_too_high": "clearance too high",
    "no_telework": "no telework",
    "excluded": "excluded by you",
}
"""Short titles of the reason codes; a reason's message has the details."""


class Reason(BaseModel):
    """Why a position fails a rule: a code for programs and a message for people."""

    code: str = Field(description="a reason code")
    message: str = Field(description="what is wrong with this position")
