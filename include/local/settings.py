"""User settings from the environment and the file `.env` in the project."""

from __future__ import annotations

from collections.abc import Mapping
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


def user_settings(environ: Mapping[str, str], project: Path = PROJECT) -> dict[str, str]:
    """Return the non-empty settings of a local run; the environment wins over `.env`.

    Raises:
        UsageError: `.env` can't be read.
    """
    file = project / ".env"
    try:
        is_written = file.is_file() or file.is_symlink()
        written = parse_env_file(read_text(file)) if is_written else {}
    except UnreadableText as error:
        raise UsageError(f"{file} can't be read: {error}.") from None
    ours = {name: value for name, value in {**written, **environ}.items() if name.startswith(OURS)}
    return {name: value.strip() for name, value in ours.items() if value.strip()}


def parse_env_file(text: str) -> dict[str, str]:
    """Parse KEY=VALUE lines; comments, `export` and a pair of quotes around a value are removed.

    An unquoted value ends at " #", as in docker compose.
    """
    values = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = _unquoted(value.strip())
    return values


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
