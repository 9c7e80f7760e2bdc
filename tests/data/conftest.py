"""What compares with the real recordings is not collected where there are none: no skips."""

from __future__ import annotations

from tests.data.rewrite_recordings import SOURCE, Recordings

collect_ignore = [] if Recordings(SOURCE).names() else ["test_rewritten.py"]
