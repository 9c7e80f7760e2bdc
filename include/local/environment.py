"""The project's Python environments, each a virtual environment with the pinned packages.

    python -m include.local.environment .venv requirements-local.txt constraints/airflow-3.3.txt

makes one of the Python that runs it, or leaves the one that is made already. It needs the standard
library only, because it runs before anything is installed.
"""

from __future__ import annotations

import ast
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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import IO

from include.local.settings import PROJECT, local_directory
from include.terminal.errors import CommandError

MEGABYTE = 1_000_000
NEEDED_MEGABYTES = {"requirements-local.txt": 770, "requirements-test.txt": 1300}
"""The size of a new environment, by what is installed into it, as in `README.md`."""

PIP_SETTINGS = (
    *("index-url", "extra-index-url", "find-links", "no-index", "prefer-binary"),
    *("proxy", "cert", "client-cert", "trusted-host", "keyring-provider", "use-feature"),
    *("use-deprecated", "timeout", "default-timeout", "retries", "cache-dir", "no-cache-dir"),
)
"""How a user's pip gets packages. Other settings, such as a folder, are for other uses."""

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


def pip_environment(python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for pip: with the user's `PIP_SETTINGS`, and no other settings.

    Raises:
        CommandError: pip can't read its configuration.
    """
    bare = {n: v for n, v in environ.items() if n != "PYTHONPATH" and not n.startswith("PIP_")}
    files = {n: v for n, v in environ.items() if n == "PIP_CONFIG_FILE"}
    listed = subprocess.run(
        [python, "-P", "-m", "pip", "config", "list"],
        env={**bare, **files},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if listed.returncode:
        raise CommandError(f"pip can't read its configuration: {listed.stderr.strip()}")
    settings = _listed_settings(listed.stdout)
    variables = {name: f"PIP_{name.upper().replace('-', '_')}" for name in PIP_SETTINGS}
    found = {variables[name]: value for name, value in settings.items() if name in variables}
    found |= {n: v for n, v in environ.items() if n in variables.values() and v}
    return {**bare, **found, "PIP_CONFIG_FILE": os.devnull}


def explain_failure(output: str) -> str:
    """Return what to do about a failed installation, from pip's output."""
    if "No space left on device" in output:
        return "The disk is full: make room"
    if "dependencies for SOCKS" in output:
        return (
            "pip can't use a SOCKS proxy before its packages are installed: set HTTPS_PROXY to an "
            "HTTP proxy and unset ALL_PROXY for the first start"
        )
    return "Is the network up?"


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
        _say(f"{environment.name} is not finished, or not of this project: making it again.")
        return True
    if not kind or environment.installed()[1] not in ("", kind):
        _say(f"The Python of {environment.name} was replaced or removed: making it again.")
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
    _say(
        f"Installing Python packages into {environment.name}, the first time only; this takes a "
        "few minutes."
    )
    command = [
        *(str(environment.python), "-P", "-m", "pip", "install", "--disable-pip-version-check"),
        *("--no-input", "--progress-bar", "off"),
        *("-r", str(environment.requirements), "-c", str(environment.constraints)),
    ]
    settings = pip_environment(environment.python, os.environ)
    with log.open("wb") as output:
        # With the lock: if this process is killed, pip goes on for a while.
        pip = subprocess.Popen(
            command,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(lock.fileno(),),
        )
        try:
            _show(pip, log, environment.constraints.read_text(encoding="utf-8").count("=="))
        finally:
            pip.terminate()
            pip.wait()
    if pip.returncode:
        text = log.read_text(encoding="utf-8", errors="replace")
        lines = text.splitlines()
        _say("\n".join([line for line in lines if line.startswith("ERROR")][-5:] or lines[-12:]))
        raise CommandError(
            f"The packages could not be installed. {explain_failure(text)} pip's whole output is "
            f"in {log}; run this again to try again."
        )
    _say(f"Installed in {time.monotonic() - began:.0f} s.")


def _write_stamp(environment: Environment) -> None:
    new = environment.stamp.with_suffix(".new")
    new.write_text(f"{environment.wanted()} {environment.kind()}\n", encoding="utf-8")
    new.replace(environment.stamp)


def _show(pip: subprocess.Popen[bytes], log: Path, total: int) -> None:
    """Show pip's progress: one moving line in a terminal, and a line now and then elsewhere."""
    moving = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    began, last, shown = time.monotonic(), "", float("-inf")
    while pip.poll() is None:
        line, now = (
            progress(log.read_text(encoding="utf-8", errors="replace"), total),
            time.monotonic(),
        )
        if moving:
            print(f"\r\033[K  {line}  {now - began:.0f} s", end="", file=sys.stderr, flush=True)
        elif line != last and now - shown >= 15:
            _say(f"  … {line}")
            last, shown = line, now
        time.sleep(0.2)
    if moving:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def progress(output: str, total: int) -> str:
    """Return what pip is doing, from its output so far; `total` packages are pinned."""
    lines = output.splitlines()
    for line in lines:
        if line.startswith("Installing collected packages:"):
            return f"installing {line.count(',') + 1} packages"
    fetched = sum(line.startswith(("Collecting ", "Processing ")) for line in lines)
    return f"fetching packages: {fetched} of about {total}"


def _listed_settings(listed: str) -> dict[str, str]:
    """Return pip's settings by name, from lines such as `global.index-url='https://…'`."""
    settings: dict[str, str] = {}
    for section in ("global", "install"):
        for line in listed.splitlines():
            key, equals, value = line.partition("=")
            where, _, name = key.partition(".")
            if equals and where == section:
                settings[name] = str(ast.literal_eval(value))
    return settings


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


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


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
        _say(f"✗ {error}")
        return error.status
    except OSError as error:
        _say(f"✗ The environment {name} can't be made: {error}")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
