"""Installs the pinned packages into an environment: with uv, and with pip where uv can't.

Both install the same versions from the same places, uv in a quarter of the time. How a user gets
packages is set for pip, and handed over to uv as far as uv has a word for it. This needs the
standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import ast
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from include.terminal.errors import CommandError

PIP_SETTINGS = (
    *("index-url", "extra-index-url", "find-links", "no-index", "prefer-binary"),
    *("proxy", "cert", "client-cert", "trusted-host", "keyring-provider", "use-feature"),
    *("use-deprecated", "timeout", "default-timeout", "retries", "cache-dir", "no-cache-dir"),
)
"""How a user's pip gets packages. Other settings, such as a folder, are for other uses."""

NOT_MINE = "PYTHONPATH", "PIP_", "UV_"
"""What the variables begin with that must not decide what is installed, or where."""


@dataclass(frozen=True)
class Installation:
    """What goes into which environment."""

    python: Path
    requirements: Path
    constraints: Path
    log: Path
    """The file for the output of pip and uv."""
    lock: int
    """An open file that they share: if this process is killed, they go on for a while."""

    @property
    def uv(self) -> Path:
        """The environment's own uv, if it could be had."""
        return self.python.with_name("uv")


def install(installation: Installation, environ: Mapping[str, str]) -> None:
    """Install the packages, showing the progress.

    Raises:
        CommandError: that failed, with pip too; the message says what to do.
    """
    installation.log.write_bytes(b"")
    settings = pip_environment(installation.python, environ)
    if _install_with_uv(installation, settings):
        return
    # uv may have ended in the middle of a package, which pip would take for a whole one.
    again = ("--force-reinstall",) if installation.uv.exists() else ()
    done, output = _run(installation, _pip(installation, *again, *_wanted(installation)), settings)
    if not done:
        lines = output.splitlines()
        say("\n".join([line for line in lines if line.startswith("ERROR")][-5:] or lines[-12:]))
        raise CommandError(
            f"The packages could not be installed. {explain_failure(output)} pip's whole output is "
            f"in {installation.log}; run this again to try again."
        )


def _install_with_uv(installation: Installation, settings: Mapping[str, str]) -> bool:
    pin = re.search(r"^uv==\S+$", installation.constraints.read_text(encoding="utf-8"), re.M)
    handed = uv_environment(settings)
    if not (pin and handed):
        return False
    # One retry, and no compiler: without uv there is pip.
    get = _pip(installation, "--retries", "1", "--no-deps", "--only-binary", ":all:", pin[0])
    command = [
        *(str(installation.uv), "pip", "install", "--python", str(installation.python)),
        # pip looks for a version on all indexes too.
        *("--index-strategy", "unsafe-best-match", "--compile-bytecode"),
        *("--no-progress", "--color", "never", *_wanted(installation)),
    ]
    if _is_on(settings.get("PIP_NO_INDEX", "")):
        command.append("--no-index")
    for each, environment in ((get, settings), (command, handed)):
        done, _ = _run(installation, each, environment)
        if not done:
            say(
                "uv, which is faster, could not install the packages, so pip does. Why is in "
                f"{installation.log}."
            )
            return False
    return True


def pip_environment(python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for pip: with the user's `PIP_SETTINGS`, and no other settings.

    Raises:
        CommandError: pip can't read its configuration.
    """
    bare = {n: v for n, v in environ.items() if not n.startswith(NOT_MINE)}
    files = {n: v for n, v in environ.items() if n == "PIP_CONFIG_FILE"}
    cache = {n: v for n, v in environ.items() if n == "UV_CACHE_DIR"}
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
    return {**bare, **cache, **found, "PIP_CONFIG_FILE": os.devnull}


def uv_environment(pip: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for uv with pip's settings; empty if it has no word for one of them.

    The variables are those of https://docs.astral.sh/uv/reference/environment/.
    """
    said = {n.removeprefix("PIP_"): v for n, v in pip.items() if n.startswith("PIP_")}
    links = [os.path.expanduser(each) for each in said.get("FIND_LINKS", "").split()]
    keyring = said.get("KEYRING_PROVIDER", "auto")
    if any("," in each for each in links) or keyring not in ("auto", "disabled", "subprocess"):
        return {}
    # Like pip, requests reads these two.
    authorities = said.get("CERT") or pip.get("REQUESTS_CA_BUNDLE") or pip.get("CURL_CA_BUNDLE")
    timeout = said.get("TIMEOUT") or said.get("DEFAULT_TIMEOUT")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    handed = {
        "UV_DEFAULT_INDEX": said.get("INDEX_URL"),
        "UV_INDEX": " ".join(said.get("EXTRA_INDEX_URL", "").split()),
        "UV_FIND_LINKS": ",".join(links),
        "UV_INSECURE_HOST": " ".join(said.get("TRUSTED_HOST", "").split()),
        "UV_KEYRING_PROVIDER": "subprocess" if keyring == "subprocess" else None,
        "UV_HTTP_TIMEOUT": _whole_seconds(timeout) if timeout else None,
        "UV_HTTP_RETRIES": said.get("RETRIES"),
        "UV_CACHE_DIR": os.path.join(said["CACHE_DIR"], "uv") if "CACHE_DIR" in said else None,
        "UV_NO_CACHE": "1" if "NO_CACHE_DIR" in said else None,
        "SSL_CERT_DIR" if os.path.isdir(authorities or "") else "SSL_CERT_FILE": authorities,
        "SSL_CLIENT_CERT": said.get("CLIENT_CERT"),
        **{each: said.get("PROXY") for name in proxies for each in (name, name.lower())},
    }
    return {
        **{name: value for name, value in pip.items() if not name.startswith("PIP_")},
        **{name: value for name, value in handed.items() if value},
        # The system's certificates, as pip has them; no settings of other projects, and no other
        # Python; and a slow machine may take its time to compile.
        **{"UV_SYSTEM_CERTS": "1", "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"},
        "UV_COMPILE_BYTECODE_TIMEOUT": "0",
    }


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


def progress(output: str, total: int) -> str:
    """Return what pip or uv is doing, from its output so far; `total` packages are pinned."""
    lines = output.splitlines()
    for line in reversed(lines):
        if line.startswith("Installing collected packages:"):
            return f"installing {line.count(',') + 1} packages"
        if found := re.match(r"(Resolved|Prepared|Installed) (\d+) package", line):
            doing = {"Resolved": "fetching", "Prepared": "installing", "Installed": "compiling"}
            return f"{doing[found[1]]} {found[2]} packages"
    fetched = sum(line.startswith(("Collecting ", "Processing ")) for line in lines)
    return f"fetching packages: {fetched} of about {total}"


def say(words: str) -> None:
    """Tell the user something, on standard error."""
    print(words, file=sys.stderr, flush=True)


def _pip(installation: Installation, *arguments: str) -> list[str]:
    return [
        *(str(installation.python), "-P", "-m", "pip", "install", "--disable-pip-version-check"),
        *("--no-input", "--progress-bar", "off", *arguments),
    ]


def _wanted(installation: Installation) -> tuple[str, ...]:
    return ("-r", str(installation.requirements), "-c", str(installation.constraints))


def _run(
    installation: Installation, command: list[str], environment: Mapping[str, str]
) -> tuple[bool, str]:
    """Run the command and return whether it succeeded, and its output."""
    log = installation.log
    before = log.stat().st_size
    with log.open("ab") as written:
        try:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                pass_fds=(installation.lock,),
            )
        except OSError as error:
            return False, str(error)
        try:
            total = installation.constraints.read_text(encoding="utf-8").count("==")
            _show(process, log, before, total)
        finally:
            process.terminate()
            process.wait()
    return process.returncode == 0, _text(log, before)


def _show(process: subprocess.Popen[bytes], log: Path, before: int, total: int) -> None:
    """Show its progress: one moving line in a terminal, and a line now and then elsewhere."""
    moving = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    began = shown = time.monotonic()
    last = ""
    while True:
        line, now = progress(_text(log, before), total), time.monotonic()
        if moving:
            print(f"\r\033[K  {line}  {now - began:.0f} s", end="", file=sys.stderr, flush=True)
        elif line != last and now - shown >= 15:
            say(f"  … {line}")
            last, shown = line, now
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
            break
    if moving:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _text(log: Path, before: int) -> str:
    return log.read_bytes()[before:].decode(errors="replace")


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


def _is_on(value: str) -> bool:
    return value.lower() in ("1", "on", "t", "true", "y", "yes")


def _whole_seconds(seconds: str) -> str | None:
    try:
        return str(math.ceil(float(seconds)))
    except ValueError:
        return None
