"""User settings from the environment and the file `.env` in the project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from include.jobs.text_files import UnreadableText, read_text
from include.terminal.errors import UsageError

PROJECT = Path(__file__).resolve().parents[2]

# docker compose uses the same file; its other settings don't concern a local run.
OURS = (
    "AIRFLOW_CONN_MONGO",
    "AIRFLOW_CONN_USAJOBS",
    "JOB_TRACKER_",
    "USAJOBS_API_KEY",
    "USAJOBS_EMAIL",
)


def local_directory(project: Path = PROJECT) -> Path:
    """Return the directory with all files of a local run; deleting it resets everything."""
    return project / ".local"


def make_private(directory: Path) -> None:
    """Make a directory for its owner only; it may be a link to one.

    Raises:
        UsageError: something else has its name.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UsageError(
            f"{directory} is not a directory, or a link to one that is missing. Move it away."
        ) from error
    directory.chmod(0o700)


def user_settings(environ: Mapping[str, str], project: Path = PROJECT) -> dict[str, str]:
    """Return the non-empty settings of a local run; the environment wins over `.env`.

    Raises:
        UsageError: `.env` can't be read.
    """
    written = {name: value for name, value, _ in _written(project)}
    ours = {name: value for name, value in {**written, **environ}.items() if name.startswith(OURS)}
    return {name: value.strip() for name, value in ours.items() if value.strip()}


def where(name: str, environ: Mapping[str, str] = os.environ, project: Path = PROJECT) -> str:
    """Return the name of a setting, with the line of `.env` if it is set there."""
    lines = [number for written, _, number in _written(project) if written == name]
    return f"{name} (line {lines[-1]} of .env)" if lines and name not in environ else name


def parse_env_file(text: str) -> dict[str, str]:
    """Parse KEY=VALUE lines; comments, `export` and a pair of quotes around a value are removed.

    An unquoted value ends at " #", as in docker compose.
    """
    return {name: value for name, value, _ in _numbered(text)}


def _written(project: Path) -> Iterator[tuple[str, str, int]]:
    """Return the settings in `.env`, each with its line."""
    file = project / ".env"
    if not os.path.lexists(file):
        return iter(())
    try:
        return _numbered(read_text(file))
    except UnreadableText as error:
        raise UsageError(f"{file} can't be read: {error}.") from None


def _numbered(text: str) -> Iterator[tuple[str, str, int]]:
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            yield name.strip(), _unquoted(value.strip()), number


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote in ("'", '"') and (end := value.find(quote, 1)) > 0:
        return value[1:end] if quote == "'" or "\\" not in value else _double_quoted(value)
    return value.split(" #", 1)[0].rstrip()


def _double_quoted(value: str) -> str:
    r"""Return the text between double quotes, with `\"` and `\\` as escapes."""
    content: list[str] = []
    characters = iter(value[1:])
    for character in characters:
        if character == '"':
            break
        if character == "\\":
            escaped = next(characters, "")
            content.append(escaped if escaped in '"\\' else character + escaped)
        else:
            content.append(character)
    return "".join(content)
