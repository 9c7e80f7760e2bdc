"""The installation, with stubs in place of pip and uv."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from include.local.installation import (
    PIP_SETTINGS,
    Installation,
    explain_failure,
    install,
    pip_environment,
    progress,
    uv_environment,
)
from include.terminal.errors import CommandError

PIP = """#!/bin/sh
folder=$(dirname "$0")
case "$*" in
*"config list") cat "$folder/config" ;;
*uv==*)
    echo "pip: $*" >>"$folder/calls"
    [ ! -e "$folder/stub-of-uv" ] || cp "$folder/stub-of-uv" "$folder/uv"
    [ -e "$folder/uv" ] ;;
*)
    echo "pip: $*" >>"$folder/calls"
    env >"$folder/environment"
    cat "$folder/output"
    exit $(cat "$folder/status") ;;
esac
"""
UV = """#!/bin/sh
folder=$(dirname "$0")
echo "uv: $*" >>"$folder/calls"; env >"$folder/environment"; echo "uv's own words"; exit {status}
"""


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """One whose pip succeeds, and finds no uv."""
    for name, content in {"config": "", "output": "Collecting rich\n", "status": "0"}.items():
        (tmp_path / name).write_text(content)
    executable(tmp_path / "python", PIP)
    (tmp_path / "requirements.txt").write_text("rich\n")
    (tmp_path / "constraints.txt").write_text("rich==15.0.0\n\n# Comment\nuv==0.13.9\n")
    return Installation(
        tmp_path / "python",
        tmp_path / "requirements.txt",
        tmp_path / "constraints.txt",
        tmp_path / "log",
        os.open(os.devnull, os.O_RDONLY),
    )


def executable(file: Path, script: str) -> None:
    file.write_text(script)
    file.chmod(0o755)


def set_stub(installation: Installation, **files: str) -> None:
    for name, content in files.items():
        (installation.python.parent / name).write_text(content)


def provide_uv(installation: Installation, status: int = 0) -> None:
    executable(installation.python.with_name("stub-of-uv"), UV.format(status=status))


def calls(installation: Installation) -> list[str]:
    return installation.python.with_name("calls").read_text().splitlines()


def environment(installation: Installation) -> list[str]:
    return installation.python.with_name("environment").read_text().splitlines()


def test_uv_installs_what_is_pinned_at_the_version_that_is_pinned(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    provide_uv(installation)

    install(installation, os.environ)

    get, use = calls(installation)
    assert get.endswith(" uv==0.13.9")
    assert use.startswith(f"uv: pip install --python {installation.python} ")
    assert f"-r {installation.requirements} -c {installation.constraints}" in use
    assert "pip" not in capsys.readouterr().err


def test_where_uv_cannot_be_had_pip_installs_and_says_so(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    install(installation, os.environ)

    get, use = calls(installation)
    assert "uv==" in get
    assert use.endswith(f"-r {installation.requirements} -c {installation.constraints}")
    assert "--force-reinstall" not in use
    assert "so pip does" in capsys.readouterr().err


@pytest.mark.parametrize("failing", ["it ends", "it does not run"])
def test_where_uv_fails_pip_installs_everything_again(
    installation: Installation, capsys: pytest.CaptureFixture[str], failing: str
) -> None:
    provide_uv(installation, status=2)
    if failing == "it does not run":
        executable(installation.python.with_name("stub-of-uv"), "#!/no/such/loader\n")

    install(installation, os.environ)

    assert "--force-reinstall" in calls(installation)[-1]
    assert "so pip does" in capsys.readouterr().err


def test_without_a_pin_there_is_no_uv(installation: Installation) -> None:
    provide_uv(installation)
    installation.constraints.write_text("rich==15.0.0\n# uv==0.13.9\nuvicorn==0.40.0\n")

    install(installation, os.environ)

    assert len(calls(installation)) == 1
    assert not installation.uv.exists()


def test_a_failure_of_both_shows_pips_reason_and_keeps_what_both_said(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    provide_uv(installation, status=2)
    set_stub(installation, status="1", output="ERROR: No such version\n")

    with pytest.raises(CommandError, match=r"could not be installed\. Is the network up\?"):
        install(installation, os.environ)

    assert "ERROR: No such version" in capsys.readouterr().err
    assert "uv's own words" in installation.log.read_text()


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: Missing dependencies for SOCKS support.", "unset ALL_PROXY"),
        ("ERROR: No matching distribution found for rich", "Is the network up?"),
    ],
)
def test_the_advice_fits_the_failure(output: str, advice: str) -> None:
    assert advice in explain_failure(output)


CONFIG = """\
global.index-url='https://user:p@ss@packages.example.org/simple'
global.proxy='http://proxy.example.org:3128'
global.user='true'
global.target='/tmp/elsewhere'
install.find-links='/wheels\\n/more wheels'
install.prefix='/usr'
global.require-virtualenv='true'
download.index-url='https://example.org/of-another-command'
:env:.dry-run='1'
"""


def test_pip_keeps_how_a_user_gets_packages_and_nothing_else(installation: Installation) -> None:
    set_stub(installation, config=CONFIG)
    environ = {
        "HTTPS_PROXY": "http://127.0.0.1:3128",
        "PATH": os.environ["PATH"],
        "PIP_CERT": "/etc/company.pem",
        "PIP_CONFIG_FILE": "/home/ada/pip.conf",
        "PIP_DRY_RUN": "1",
        "PIP_NO_BINARY": ":all:",
        "PIP_REQUIRE_HASHES": "1",
        "PIP_CONSTRAINT": "/home/ada/other.txt",
        "PIP_PYTHON": "/usr/bin/python2",
        "PYTHONPATH": "/home/ada/modules",
        "UV_INDEX_URL": "https://example.org/of-another-project",
        "UV_CACHE_DIR": "/cache/uv",
    }

    assert pip_environment(installation.python, environ) == {
        "HTTPS_PROXY": "http://127.0.0.1:3128",
        "PATH": os.environ["PATH"],
        "PIP_CERT": "/etc/company.pem",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "/wheels\n/more wheels",
        "PIP_INDEX_URL": "https://user:p@ss@packages.example.org/simple",
        "PIP_PROXY": "http://proxy.example.org:3128",
        "UV_CACHE_DIR": "/cache/uv",
    }


def test_the_environment_wins_over_pips_files(installation: Installation) -> None:
    set_stub(installation, config="global.proxy='http://file.example.org'\n")
    environ = {"PATH": os.environ["PATH"], "PIP_PROXY": "http://variable.example.org"}

    found = pip_environment(installation.python, environ)

    assert found["PIP_PROXY"] == "http://variable.example.org"


@pytest.mark.parametrize("with_uv", [False, True])
def test_pip_and_uv_get_these_settings(installation: Installation, with_uv: bool) -> None:
    if with_uv:
        provide_uv(installation)
    environ = {**os.environ, "PIP_USER": "1", "UV_SYSTEM_PYTHON": "1", "PIP_PROXY": "http://p.test"}

    install(installation, environ)

    got = environment(installation)
    assert ("HTTPS_PROXY" if with_uv else "PIP_PROXY") + "=http://p.test" in got
    assert not [each for each in got if each.startswith(("PIP_USER", "UV_SYSTEM_PYTHON"))]


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ({}, {}),
        ({"PIP_INDEX_URL": "https://a.test/simple"}, {"UV_DEFAULT_INDEX": "https://a.test/simple"}),
        (
            {"PIP_EXTRA_INDEX_URL": "https://b.test\nfile:///c"},
            {"UV_INDEX": "https://b.test file:///c"},
        ),
        ({"PIP_FIND_LINKS": "/wheels\n~/more"}, {"UV_FIND_LINKS": "/wheels,/home/ada/more"}),
        ({"PIP_TRUSTED_HOST": "a.test\nb.test:8080"}, {"UV_INSECURE_HOST": "a.test b.test:8080"}),
        ({"PIP_CERT": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"PIP_CERT": "/"}, {"SSL_CERT_DIR": "/"}),
        ({"PIP_CERT": "/ca.pem", "REQUESTS_CA_BUNDLE": "/b.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"REQUESTS_CA_BUNDLE": "/b.pem"}, {"SSL_CERT_FILE": "/b.pem"}),
        ({"PIP_CLIENT_CERT": "/me.pem"}, {"SSL_CLIENT_CERT": "/me.pem"}),
        ({"PIP_TIMEOUT": "7.5", "PIP_DEFAULT_TIMEOUT": "9"}, {"UV_HTTP_TIMEOUT": "8"}),
        ({"PIP_DEFAULT_TIMEOUT": "9"}, {"UV_HTTP_TIMEOUT": "9"}),
        ({"PIP_TIMEOUT": "soon"}, {}),
        ({"PIP_RETRIES": "7"}, {"UV_HTTP_RETRIES": "7"}),
        ({"PIP_CACHE_DIR": "/cache"}, {"UV_CACHE_DIR": "/cache/uv"}),
        ({"UV_CACHE_DIR": "/cache"}, {"UV_CACHE_DIR": "/cache"}),
        # pip takes any value of this for a yes.
        ({"PIP_NO_CACHE_DIR": "0"}, {"UV_NO_CACHE": "1"}),
        ({"PIP_KEYRING_PROVIDER": "subprocess"}, {"UV_KEYRING_PROVIDER": "subprocess"}),
        ({"PIP_KEYRING_PROVIDER": "disabled"}, {}),
        ({"PIP_USE_FEATURE": "truststore", "PIP_PREFER_BINARY": "1"}, {}),
        (
            {"PIP_PROXY": "http://p.test", "HTTPS_PROXY": "http://q.test", "NO_PROXY": "a.test"},
            {
                **dict.fromkeys(["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"], "http://p.test"),
                **dict.fromkeys(["http_proxy", "https_proxy", "all_proxy"], "http://p.test"),
                "NO_PROXY": "a.test",
            },
        ),
    ],
)
def test_uv_gets_pips_settings_in_its_own_words(
    pip: Mapping[str, str], uv: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    plain = uv_environment({})

    handed = uv_environment({**pip, "PIP_CONFIG_FILE": os.devnull})

    variables = {n: v for n, v in handed.items() if n not in plain and n not in pip}
    assert variables | {n: handed[n] for n in pip if n in handed} == {**not_pips(pip), **uv}


def not_pips(variables: Mapping[str, str]) -> dict[str, str]:
    return {n: v for n, v in variables.items() if not n.startswith("PIP_")}


@pytest.mark.parametrize(
    "pip", [{"PIP_KEYRING_PROVIDER": "import"}, {"PIP_FIND_LINKS": "/wheels,old"}]
)
def test_what_uv_has_no_word_for_is_left_to_pip(
    installation: Installation, pip: dict[str, str]
) -> None:
    provide_uv(installation)

    install(installation, {**os.environ, **pip})

    assert len(calls(installation)) == 1


@pytest.mark.parametrize(
    ("value", "is_set"), [("1", True), ("true", True), ("0", False), ("", False)]
)
def test_no_index_is_no_index_for_uv_too(
    installation: Installation, value: str, is_set: bool
) -> None:
    provide_uv(installation)

    install(installation, {**os.environ, "PIP_NO_INDEX": value})

    assert ("--no-index" in calls(installation)[-1]) is is_set


def test_no_kept_setting_says_where_or_what_to_install() -> None:
    others = {"user", "target", "prefix", "root", "constraint", "require-hashes", "dry-run"}

    assert not others & set(PIP_SETTINGS)


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("", "fetching packages: 0 of about 150"),
        ("Collecting a\n  Using b\nCollecting c\n", "fetching packages: 2 of about 150"),
        ("Installing collected packages: a, b, c\n", "installing 3 packages"),
        (
            "Using Python 3.11.7\nResolved 154 packages in 903ms\nDownloading a\n",
            "fetching 154 packages",
        ),
        ("Resolved 154 packages in 1s\nPrepared 9 packages in 2s\n", "installing 9 packages"),
        ("Prepared 9 packages in 2s\nInstalled 154 packages in 1s\n", "compiling 154 packages"),
    ],
)
def test_progress_is_read_from_the_output(output: str, shown: str) -> None:
    assert progress(output, 150) == shown
