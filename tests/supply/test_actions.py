"""Actions of the workflows: each is one commit of its repository, which no tag can change."""

from __future__ import annotations

import re

import pytest

from include.local.settings import PROJECT

USES = re.compile(r"^[\s-]*uses:\s*(.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OF_THIS_COMMIT = re.compile(r"\./\.github/workflows/[\w-]+\.yml")


def unpinned(workflow: str) -> list[str]:
    """Return the actions that are not pinned by a digest, with their version in a comment."""
    return [
        used
        for used in USES.findall(workflow)
        if not PINNED.fullmatch(used) and not OF_THIS_COMMIT.fullmatch(used)
    ]


def test_every_action_is_pinned_and_has_the_same_digest_everywhere() -> None:
    workflows = [file.read_text() for file in (PROJECT / ".github").rglob("*.yml")]
    used = {used for each in workflows for used in USES.findall(each)}

    assert [unpinned(each) for each in workflows if unpinned(each)] == []
    actions = [each.partition("@")[0] for each in used]
    assert sorted({*actions}) == sorted(actions)
    assert len(actions) > 5


@pytest.mark.parametrize(
    ("used", "is_pinned"),
    [
        ("a/b@" + 40 * "0" + " # v1.2.3", True),
        ("a/b/c@" + 40 * "0" + " # v1.2.3", True),
        ("./.github/workflows/test.yml", True),
        ("a/b@v4", False),
        ("a/b@main", False),
        ("a/b@" + 40 * "0", False),
        ("a/b@" + 39 * "0" + " # v1.2.3", False),
        ("a/b@v4 # " + 40 * "0", False),
        ("docker://alpine:3", False),
    ],
)
def test_only_a_digest_with_its_version_counts_as_a_pin(used: str, is_pinned: bool) -> None:
    assert unpinned(f"steps:\n  - uses: {used}\n") == ([] if is_pinned else [used])
