"""No key, password or token stands in the repository, today or in its history."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

from include.local.settings import PROJECT

# What looks like a secret and is none.
ACCEPTED = {
    # Where readers put in their own, in the documents.
    "YOUR KEY",
    "PASSWORD",
    # The hashes of style sheets that the page's security policy allows.
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o=",
    # Made up by tests: passwords with the characters that matter there, and a whole .env file.
    "s3cret",
    "a$b",
    "p/w",
    r"POSTGRES_PASSWORD=theirs\nJOB_TRACKER_PORT=8081\n",
}
# Other passwords that a test makes up are plain words; what is given out has digits or capitals.
MADE_UP = re.compile(r"[a-z]+(-[a-z]+)*")
# The second letters of pay plans, in the order of the alphabet.
CODE_LETTERS = re.compile("A?B?C?D?E?F?G?H?I?J?K?L?M?N?O?P?Q?R?S?T?U?V?W?X?Y?Z?")


class Suspect(NamedTuple):
    """What looks like a secret, and where it stands."""

    file: str
    kind: str
    value: str

    def is_accepted(self) -> bool:
        made_up = self.file.startswith("tests/") and MADE_UP.fullmatch(self.value)
        return bool(self.value in ACCEPTED or made_up or CODE_LETTERS.fullmatch(self.value))

    def __str__(self) -> str:
        """Don't spread it: the log of a test run is read by others than the file."""
        return f"{self.file}: {self.kind}, {self.value[:4]}…"


def suspects(root: Path, files: Iterable[str]) -> list[Suspect]:
    """Look through text files; nothing is sent anywhere to try whether it is a key."""
    collection = SecretsCollection()
    with default_settings() as settings:
        # It passes over everything that is handed to a call: connect(password="…").
        settings.disable_filters("detect_secrets.filters.heuristic.is_indirect_reference")
        # And over lines with a comment that says so: what is accepted, is accepted above.
        settings.disable_filters("detect_secrets.filters.allowlist.is_line_allowlisted")
        for file in files:
            collection.scan_file(str(root / file))
    found = [
        Suspect(str(Path(file).relative_to(root)), secret.type, secret.secret_value or "")
        for file, secret in collection
    ]
    return sorted(found)


def unexplained(found: Iterable[Suspect]) -> list[str]:
    return [str(each) for each in found if not each.is_accepted()]


def git(root: Path, *arguments: str) -> str:
    # In a container the files may belong to somebody else, whom git would not trust.
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(root), *arguments],
        capture_output=True,
        check=True,
    )
    return done.stdout.decode(errors="replace")


def files_to_publish(root: Path) -> list[str]:
    """Return what git keeps or would keep; in a copy without .git, what it wouldn't ignore."""
    if (root / ".git").exists():
        listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return [file for file in listed.split("\0") if file and (root / file).is_file()]
    ignored = [pattern.rstrip("/") for pattern in (root / ".gitignore").read_text().split()]
    files = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return [
        str(file)
        for file in files
        if not any(fnmatch(part, pattern) for part in file.parts for pattern in ignored)
    ]


def lines_of_the_past(root: Path) -> dict[str, set[str]]:
    """Return the lines that each file once had and has no more."""
    once: dict[str, set[str]] = defaultdict(set)
    file = ""
    # Whatever the user has set for diffs.
    plain = ("--unified=0", "--no-renames", "--no-color", "--no-ext-diff", "--dst-prefix=b/")
    for line in git(root, "log", "--all", "-m", "--patch", *plain).split("\n"):
        if line.startswith("+++ b/"):
            file = line.removeprefix("+++ b/")
        elif line.startswith("+"):
            once[file].add(line[1:])
    for file, lines in once.items():
        if (root / file).is_file():
            lines -= set((root / file).read_text(encoding="utf-8", errors="replace").split("\n"))
    return once


def put_back(past: dict[str, set[str]], folder: Path) -> Iterator[str]:
    for file, lines in past.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("\n".join(sorted(lines)), encoding="utf-8")
        yield file


@pytest.fixture(scope="module")
def suspects_of_today() -> list[Suspect]:
    files = files_to_publish(PROJECT)
    assert "README.md" in files
    return suspects(PROJECT, files)


def test_no_file_holds_a_secret(suspects_of_today: list[Suspect]) -> None:
    assert unexplained(suspects_of_today) == []


def test_no_file_ever_held_a_secret(tmp_path: Path) -> None:
    if not (PROJECT / ".git").exists():
        pytest.skip("this copy of the project comes without its history")
    assert unexplained(suspects(tmp_path, put_back(lines_of_the_past(PROJECT), tmp_path))) == []


def test_everything_that_is_accepted_still_stands_somewhere(
    suspects_of_today: list[Suspect],
) -> None:
    here = str(Path(__file__).relative_to(PROJECT))

    assert {each.value for each in suspects_of_today if each.file != here} >= ACCEPTED


# Made here, so that none of them stands in this file.
KEY = base64.b64encode(hashlib.sha256(b"a key").digest()).decode()
WORD = hashlib.sha256(b"a password").hexdigest()[:12]
PLANTED = {
    ".env.example": f"USAJOBS_API_KEY={KEY}\n",
    "docker-compose.yaml": f"services:\n  mongo:\n    environment:\n      SALT: {KEY}\n",
    "include/asking.py": f'HEADERS = {{"Authorization-Key": "{KEY}"}}\n',
    "tests/test_asking.py": f'connection = Connection(password="{WORD}")\n',
    "include/connections.py": f'KEY = "{KEY}"  # pragma: allowlist secret\n',
    "tests/recordings/answer.json": f'{{"headers": {{"Authorization-Key": "{KEY}"}}}}\n',
    "bin/ask": f'curl --header "Authorization-Key: {KEY}"\n',
    "README.md": f"`mongodb://job_tracker:{WORD}@cluster.usajobs-db.net/`\n",
    "key.pem": f"-----BEGIN {'PRIVATE'} KEY-----\n{KEY}\n{KEY}\n-----END {'PRIVATE'} KEY-----\n",
    "notes.txt": f"{'AKIA'}{base64.b32encode(KEY.encode()).decode()[:16]}\n",
}


def plant(root: Path, file: str, text: str) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text)


@pytest.mark.parametrize("file", PLANTED)
def test_a_planted_secret_is_found_wherever_it_stands(tmp_path: Path, file: str) -> None:
    plant(tmp_path, file, PLANTED[file])

    found = unexplained(suspects(tmp_path, [file]))

    assert found
    assert not any(KEY in each or WORD in each for each in found)


def test_a_made_up_word_is_a_password_in_a_test_only(tmp_path: Path) -> None:
    for file in ("tests/test_asking.py", "include/asking.py"):
        plant(tmp_path, file, 'connection = Connection(password="open-sesame")\n')

    found = suspects(tmp_path, ["tests/test_asking.py", "include/asking.py"])

    assert len(found) == 2
    assert [each.split(":")[0] for each in unexplained(found)] == ["include/asking.py"]


def test_a_secret_that_was_taken_back_is_found_in_the_history(tmp_path: Path) -> None:
    repository, past = tmp_path / "repository", tmp_path / "past"
    git(tmp_path, "init", "--quiet", str(repository))
    for text in (f"KEY = '{KEY}'\n", "KEY = ask_for_it()\n"):
        plant(repository, "include/asking.py", text)
        git(repository, "add", "--all")
        git(
            repository,
            *("-c", "user.name=me", "-c", "user.email=me@example.org"),
            *("commit", "-m", "It"),
        )

    assert suspects(repository, files_to_publish(repository)) == []
    assert len(unexplained(suspects(past, put_back(lines_of_the_past(repository), past)))) == 1


@pytest.mark.parametrize("with_git", [True, False])
def test_what_git_ignores_is_left_alone_also_in_a_copy_without_git(
    tmp_path: Path, with_git: bool
) -> None:
    if with_git:
        git(tmp_path, "init", "--quiet")
    plant(tmp_path, ".gitignore", (PROJECT / ".gitignore").read_text())
    for file in ("README.md", "include/new.py", ".env", ".venv-test-3.3/key.py", ".local/key.json"):
        plant(tmp_path, file, "text\n")

    assert set(files_to_publish(tmp_path)) == {".gitignore", "README.md", "include/new.py"}
