"""The texts of a posting in a form that every database stores."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints

from include.jobs import limits


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


# PostgreSQL, where Airflow may keep XComs, rejects NUL in JSON. Any string constraint makes
# pydantic reject lone surrogates, which no database stores.
Text = Annotated[str, StringConstraints(strip_whitespace=True), BeforeValidator(_without_nul)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=limits.MAX_NAME_CHARACTERS),
    BeforeValidator(_without_nul),
]
