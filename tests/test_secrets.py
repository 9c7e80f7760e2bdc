"""No key, password or token stands in the repository, today or in its history."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

from include.local.settings import PROJECT

# What looks like a secret and is none: where readers put in their own; hashes of the page's style
# sheets; pay plans' letters in the order of the alphabet; hashes in examples of stored documents;
# a token in an example of USAJOBS's documentation; made-up .env files; a made-up Discord address; a
# anchor in YAML; the name of a class; an ObjectId of a test; what names a secret in deploy/.
ACCEPTED = re.compile(
    "//1234567890/abcdefghijklmnopqrstuvwxyz0123456789|"
    r"YOUR KEY|PASSWORD|sha256-[\w+/]{43}="
    "|A?B?C?D?E?F?G?H?I?J?K?L?M?N?O?P?Q?R?S?T?U?V?W?X?Y?Z?"
    "|(0a1b2c3d|9f2c0b1d)4e5f60718293a4b5c6d7e8f9|(77d1e0c2b3a49586){2}|3c59dc048e8850243be8079a5c74d079"
    "|WMwzNNcOmf1Uau6HUM03Nw%3D%3D"
    r"|POSTGRES_PASSWORD=theirs\\nJOB_TRACKER_PORT=8081\\n"
    r"|JOB_TRACKER_PYTHON=/no/such/python\\n|&tokens|65f0c0ffee0ddba11c0ffee0|theirs\.Backend"
    r"|!(Sub|If|Ref)( [\w>-]*)?|password\}\}|GetSecretValue|false|usajobs|mongo"
)
# Passwords that tests make up are plain words or very short; what is given out is neither.
MADE_UP = re.compile(r"[a-z]+(-[a-z]+)*|.{1,8}")


def unexplained(root: Path, files: Iterable[str]) -> list[str]:
    """Scan text files; nothing is sent anywhere to try whether it is a key."""
    collection = SecretsCollection()
    with default_settings() as settings:
        # It passes over everything that is handed to a call: connect(password="…").
        settings.disable_filters("detect_secrets.filters.heuristic.is_indirect_reference")
        # And over lines with a comment that says so: what is accepted, is accepted above.
        settings.disable_filters("detect_secrets.filters.allowlist.is_line_allowlisted")
        for file in files:
            collection.scan_file(str(root / file))
    found = []
    for path, secret in collection:
        file, value = str(Path(path).relative_to(root)), secret.secret_value or ""
        made_up = file.startswith("tests/") and MADE_UP.fullmatch(value)
        if not (made_up or ACCEPTED.fullmatch(value)):
            # Not the whole of it: the log of a test run is read by others than the file.
            found.append(f"{file}: {secret.type}, {value[:4]}…")
    return sorted(found)


def git(root: Path, *arguments: str) -> str:
    # In a container the files may belong to somebody else, whom git would not trust.
    command = ["git", "-c", "safe.directory=*", "-c", "user.name=a", "-c", "user.email=a@b.org"]
    done = subprocess.run([*command, "-C", str(root), *arguments], capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


def files_of(root: Path) -> list[str]:
    """Return what git keeps or would keep."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [file for file in listed.split("\0") if (root / file).is_file()]


def past_files(root: Path, folder: Path) -> Iterator[str]:
    """Write the lines that each file once had, and has no more, into a file of the folder."""
    lines: dict[str, dict[str, None]] = defaultdict(dict)  # in order: some secrets have several
    file = ""
    # Whatever the user has set for diffs.
    plain = ("--unified=0", "--no-renames", "--no-color", "--no-ext-diff", "--dst-prefix=b/")
    for line in git(root, "log", "--all", "-m", "--patch", *plain).split("\n"):
        if line.startswith("+++ "):
            file = line.removeprefix("+++ ").removeprefix("b/")
        elif line.startswith("+"):
            lines[file][line[1:]] = None
    for file, once in lines.items():
        today = root / file
        if today.is_file():
            has = set(today.read_text(encoding="utf-8", errors="replace").split("\n"))
            once = {line: None for line in once if line not in has}
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("\n".join(once), encoding="utf-8")
        yield file


needs_git = pytest.mark.skipif(not (PROJECT / ".git").exists(), reason="this copy is without git")


@needs_git
def test_no_file_holds_a_secret() -> None:
    assert unexplained(PROJECT, files_of(PROJECT)) == []


@needs_git
def test_no_file_ever_held_a_secret(tmp_path: Path) -> None:
    # What files hold today is searched by the test before.
    assert unexplained(tmp_path, past_files(PROJECT, tmp_path)) == []


# Made here, so that none of them stands in this file.
KEY = base64.b64encode(hashlib.sha256(b"a key").digest()).decode()
WORD = hashlib.sha256(b"a password").hexdigest()[:12]
PLANTED = {
    ".env.example": f"USAJOBS_API_KEY={KEY}\n",
    "docker-compose.yaml": f"services:\n  mongo:\n    environment:\n      SALT: {KEY}\n",
    "include/client.py": f'HEADERS = {{"Authorization-Key": "{KEY}"}}\n',
    "include/mongo.py": 'connection = Connection(password="open-sesame")\n',
    "tests/test_mongo.py": f'connection = Connection(password="{WORD}")\n',
    "include/connections.py": f'KEY = "{KEY}"  # pragma: allowlist secret\n',
    "tests/recordings/answer.json": f'{{"headers": {{"Authorization-Key": "{KEY}"}}}}\n',
    "bin/ask": f'curl --header "Authorization-Key: {KEY}"\n',
    "README.md": f"`mongodb://job_tracker:{WORD}@cluster.usajobs-db.net/`\n",
    "key.pem": f"-----BEGIN {'PRIVATE'} KEY-----\n{KEY}\n{KEY}\n-----END {'PRIVATE'} KEY-----\n",
    "notes.txt": f"{'AKIA'}{base64.b32encode(KEY.encode()).decode()[:16]}\n",
}


def test_a_planted_secret_is_found_wherever_it_stands_or_once_stood(tmp_path: Path) -> None:
    repository, past = tmp_path / "repository", tmp_path / "past"
    git(tmp_path, "init", "--quiet", str(repository))
    for file, text in {**PLANTED, ".gitignore": ".env\n", ".env": KEY}.items():
        (repository / file).parent.mkdir(parents=True, exist_ok=True)
        (repository / file).write_text(text)
    found = unexplained(repository, files_of(repository))
    git(repository, "add", "--all")
    git(repository, "commit", "--message", "It")
    git(repository, "rm", "--quiet", *PLANTED)
    git(repository, "commit", "--message", "Take it back")

    assert {each.split(":")[0] for each in found} == PLANTED.keys()
    assert not any(secret in each for each in found for secret in (KEY, WORD))
    assert unexplained(repository, files_of(repository)) == []
    assert unexplained(past, past_files(repository, past)) == found
