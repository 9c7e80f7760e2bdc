"""A stored position as the rules read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from include.jobs.position import Position, position_uri
from include.store.damage import sound_facts


def stored_position(document: Mapping[str, Any]) -> Position | None:
    """Return a document of `positions` as far as it is stored; None if it is damaged."""
    number = document["_id"]
    own = {"control_number": number, "PositionURI": position_uri(number)}
    try:
        return Position.model_validate({**document, **own, "facts": sound_facts(document) or {}})
    except ValidationError:
        return None
