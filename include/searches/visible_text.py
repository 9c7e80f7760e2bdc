"""Which characters a parameter may hold."""

from __future__ import annotations

# In Python's regular expressions, which Airflow validates with, `$` also matches before a last line
# feed.
END = r"$(?!\n)"

INVISIBLE = r"\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""Control characters, line ends, and characters that reverse or hide text."""

ONLY_VISIBLE = rf"^[^{INVISIBLE}]*{END}"
