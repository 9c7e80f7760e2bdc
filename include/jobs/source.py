"""The two APIs that postings come from."""

from __future__ import annotations

from typing import Literal

Source = Literal["search", "historicjoa"]

# The names sort by rank: the Search API takes precedence over the Historic JOA API.
SEARCH: Source = "search"
HISTORIC: Source = "historicjoa"
