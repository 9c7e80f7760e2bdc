"""The project's Python environments, each a virtual environment with the pinned packages.

    python -m include.local.environment .venv requirements-local.txt constraints/airflow-3.3.txt

makes one of the Python that runs it, or leaves the one that is made already. It needs the standard
library only, because it runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import IO

from include.local.installation import Installation, install, say
from include.local.settings import PROJECT, local_directory
from include.terminal.errors import CommandError

MEGABYTE = 1_000_000
NEEDED_MEGABYTES = {"requirements-local.txt": 810, "requirements-test.txt": 1710}
"""The size of a new environment, by what is installed into it, as in `README.md`."""

# Prints the kind of packages that a Python can use; with no pip of that kind it fails.
PRINT_KIND = "import os, sys, pip; print(sys.implementation.cache_tag, os.uname().machine)"


@dataclass(frozen=True)
class Environment:
    """A virtual environment of a project: its folder, and the files that say what belongs in it."""

    project: Path
    name: str
    requirements: Path
    constraints: Path

    @property
    def folder(self) -> Path:
        """The environment's folder, which may be a link to one elsewhere."""
        return self.project / self.name

    @property
    def local(self) -> Path:
        """The folder for its lock and its log."""
        return local_directory(self.project)

    @property
    def python(self) -> Path:
        """The environment's own Python."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """The file that exists if everything is installed; it says what, and for which Python."""
        return self.folder / "installed"

    def wanted(self) -> str:
        """Return a digest of everything that decides what is installed."""
        files = [*sorted(self.project.glob("requirements*.txt")), self.constraints]
        parts = [each.read_bytes() for each in files]
        parts.append(f"{self.requirements.name} {self.folder}".encode())
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def kind(self) -> str:
        """Return which packages its Python can use; empty if that is gone or was replaced."""
        try:
            printed = subprocess.run(
                [self.python, "-P", "-c", PRINT_KIND], capture_output=True, text=True, check=False
            )
        except OSError:
            return ""
        return printed.stdout.strip()

    def installed(self) -> tuple[str, str]:
        """Return the digest of what was installed, and the kind of Python that it was for."""
        try:
            digest, _, kind = self.stamp.read_text(encoding="utf-8").strip().partition(" ")
        except (OSError, ValueError):
            return "", ""
        return digest, kind


def make_environment(environment: Environment) -> None:
    """Make the environment, or bring it up to date; one that is made already is left as it is.

    An installation that was broken off, or one for another Python, is begun afresh.

    Raises:
        CommandError: it can't be made; the message says what to do.
    """
    _check_files(environment)
    check_access(environment.local)
    kind = environment.kind()
    if kind and environment.installed() == (environment.wanted(), kind):
        return
    _check_python()
    check_access(environment.project, depth=0)
    check_access(environment.folder, depth=1)
    with only_installation(environment) as lock:
        if _begins_afresh(environment, kind):
            _make_folder(environment)
        environment.stamp.unlink(missing_ok=True)
        _install(environment, lock)
        _write_stamp(environment)


def check_access(folder: Path, depth: int = 2) -> None:
    """Check that this user can write what is in the folder, if it exists, down to that depth.

    Raises:
        CommandError: it belongs to somebody else, such as root after `sudo ./run.sh`.
    """
    for path in _paths(folder, depth):
        if os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0)):
            continue
        owner, user = _user_name(path.lstat().st_uid), _user_name(os.geteuid())
        if owner == user:
            raise CommandError(
                f"{path} can't be written. Make it writable (chmod u+w), or move the project to a "
                "disk that is."
            )
        raise CommandError(
            f"{path} belongs to {owner}, and {user} can't write it. Run this as {owner}, or hand "
            f"the files over: sudo chown -R {user} '{folder}'"
        )


@contextmanager
def only_installation(environment: Environment) -> Iterator[IO[str]]:
    """Hold the lock on the environment; it is released with the last process that has it open.

    Raises:
        CommandError: another process installs into the environment.
    """
    file = environment.local / f"{environment.name}.lock"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = file.read_text(encoding="utf-8").strip()
            raise CommandError(
                f"Process {other} is installing into {environment.folder} now: let it finish."
            ) from None
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        yield lock


def _check_files(environment: Environment) -> None:
    try:
        str(environment.project).encode()
    except UnicodeEncodeError:
        raise CommandError(
            f"The path {os.fsencode(environment.project)!r} is not UTF-8: rename the folder."
        ) from None
    if not environment.constraints.is_file():
        raise CommandError(f"There is no file {environment.constraints}.")


def _check_python() -> None:
    if not (find_spec("ensurepip") and find_spec("venv")):
        raise CommandError(
            f"{sys.executable} has no venv module. Debian and Ubuntu have it in a package of its "
            "own: apt-get install python3-venv"
        )
    if platform.system() == "Darwin" and platform.machine() == "x86_64":
        missing = [each for each in ("cc", "cargo") if not shutil.which(each)]
        if missing:
            raise CommandError(
                "On Macs with an Intel processor a few packages are compiled, and "
                f"{' and '.join(missing)} can't be found. Install Xcode's command line tools "
                "(xcode-select --install) and Rust (https://rustup.rs)."
            )


def _begins_afresh(environment: Environment, kind: str) -> bool:
    """Return whether nothing of the folder can be used; say so if there is something."""
    folder = environment.folder
    if folder.is_symlink() and not folder.exists():
        raise CommandError(
            f"{folder} is a link to a folder that does not exist: make or unlink it."
        )
    if not folder.exists():
        return True
    if not environment.stamp.is_file():
        if not folder.is_dir() or (_files(folder) and not (folder / "pyvenv.cfg").is_file()):
            raise CommandError(f"{folder} is no Python environment: move it away.")
        say(f"{environment.name} is not finished, or not of this project: making it again.")
        return True
    if not kind or environment.installed()[1] not in ("", kind):
        say(f"The Python of {environment.name} was replaced or removed: making it again.")
        return True
    return False


def _make_folder(environment: Environment) -> None:
    needed = NEEDED_MEGABYTES.get(environment.requirements.name, 0)
    free = shutil.disk_usage(environment.folder.resolve().parent).free // MEGABYTE
    if free < needed:
        raise CommandError(
            f"The packages take about {needed} MB, and the disk of {environment.folder} has {free} "
            "MB left: make room."
        )
    # A link to a folder elsewhere stays one.
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(environment.folder)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if made.returncode:
        why = (made.stderr.strip() or made.stdout.strip()).splitlines()[-1:]
        raise CommandError(
            f"{sys.executable} could not make the environment {environment.folder}: {' '.join(why)}"
        )


def _install(environment: Environment, lock: IO[str]) -> None:
    began = time.monotonic()
    log = environment.local / "logs" / f"install-{environment.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment.local.chmod(0o700)
    say(
        f"Installing Python packages into {environment.name}, the first time only; this takes a "
        "minute or two."
    )
    wanted = environment.requirements, environment.constraints
    install(Installation(environment.python, *wanted, log, lock.fileno()), os.environ)
    say(f"Installed in {time.monotonic() - began:.0f} s.")


def _write_stamp(environment: Environment) -> None:
    new = environment.stamp.with_suffix(".new")
    new.write_text(f"{environment.wanted()} {environment.kind()}\n", encoding="utf-8")
    new.replace(environment.stamp)


def _paths(folder: Path, depth: int) -> Iterator[Path]:
    if not folder.exists():
        return
    yield folder
    if depth and folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        for each in sorted(folder.iterdir()):
            if not each.is_symlink():
                yield from _paths(each, depth - 1)


def _files(folder: Path) -> bool:
    return any(files for _, _, files in os.walk(folder))


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> int:
    """Make the environment that the arguments name, relative to the project."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    name, requirements, constraints = sys.argv[1:]
    try:
        make_environment(Environment(PROJECT, name, PROJECT / requirements, PROJECT / constraints))
    except CommandError as error:
        say(f"✗ {error}")
        return error.status
    except OSError as error:
        say(f"✗ The environment {name} can't be made: {error}")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
