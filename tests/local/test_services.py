from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from include.local.guard import guarded
from include.local.services import (
    Interrupted,
    interrupt_on_signals,
    run_to_end,
    service,
    wait_until,
)
from include.terminal.errors import CommandError

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
# Starts a child in a session of its own and does not look after it.
CARELESS = [
    *(sys.executable, "-c"),
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
    " start_new_session=True)\n"
    "print('up', flush=True); time.sleep(60)",
]
ENVIRONMENT = {"PATH": os.environ["PATH"]}


def test_a_service_and_all_it_started_end_with_the_block(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with service("careless", CARELESS, environment=ENVIRONMENT, log=log) as careless:
        wait_until(lambda: "up" in log.read_text(), [careless], what="It", seconds=20)
        family = [careless.process, *careless.process.children(recursive=True)]

    assert len(family) == 2
    # The last of them may still wait to be reaped.
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_services_end_in_reverse_order_when_one_cannot_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        pytest.raises(FileNotFoundError),
        service("first", SLEEPER, environment=ENVIRONMENT, log=log) as first,
        service("second", ["/no/such/program"], environment=ENVIRONMENT, log=tmp_path / "log2"),
    ):
        pass

    assert not first.process.is_running()


def test_a_service_that_ignores_termination_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.local.services.end.__defaults__", (0.5,))
    command = ["sh", "-c", "trap '' TERM; echo up; sleep 60 & wait; wait"]
    log = tmp_path / "log"
    with service("stubborn", command, environment=ENVIRONMENT, log=log) as stubborn:
        wait_until(lambda: "up" in log.read_text(), [stubborn], what="It", seconds=20)

    assert not stubborn.process.is_running()


def test_the_death_of_a_service_ends_the_wait_with_its_last_words(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo no such option; exit 3"]
    with (
        pytest.raises(CommandError, match=r"broken stopped unexpectedly(.|\n)*no such option"),
        service("broken", command, environment=ENVIRONMENT, log=tmp_path / "log") as broken,
    ):
        wait_until(lambda: False, [broken], what="It", seconds=20)


def test_a_large_log_begins_anew_beside_what_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.jobs.limits.MAX_LOG_BYTES", 50)
    log, before = tmp_path / "talkative.log", tmp_path / "talkative.log.1"
    command = ["sh", "-c", "n=0; while :; do n=$((n + 1)); echo line $n; sleep 0.01; done"]
    with service("talkative", command, environment=ENVIRONMENT, log=log) as talkative:
        for _ in range(2):
            wait_until(lambda: log.stat().st_size > 50, [talkative], what="It", seconds=20)
            talkative.bound_log()
            assert before.stat().st_size > 50
        talkative.bound_log()
        wait_until(lambda: log.stat().st_size > 20, [talkative], what="It", seconds=20)
        numbers = [int(line.split()[1]) for line in log.read_text().splitlines()[:2]]

    kept = [int(line.split()[1]) for line in before.read_text().splitlines()]
    assert kept[0] > 1
    assert kept[-1] < numbers[0] < numbers[1]


def test_a_log_that_is_not_large_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with service("sleeper", SLEEPER, environment=ENVIRONMENT, log=log) as sleeper:
        wait_until(lambda: "up" in log.read_text(), [sleeper], what="It", seconds=20)
        sleeper.bound_log()
    assert log.read_text() == "up\n"
    assert [*tmp_path.iterdir()] == [log]


def test_a_log_that_somebody_deleted_stops_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with service("sleeper", SLEEPER, environment=ENVIRONMENT, log=log) as sleeper:
        log.unlink()
        sleeper.bound_log()
        sleeper.check()


def test_a_wait_has_an_end(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandError, match="The page was not ready after 0 seconds"),
        service("slow", SLEEPER, environment=ENVIRONMENT, log=tmp_path / "log") as slow,
    ):
        wait_until(lambda: False, [slow], what="The page", seconds=0.1)


def test_a_command_is_watched_answered_and_its_exit_status_returned(tmp_path: Path) -> None:
    log, seen = tmp_path / "log", []
    status = run_to_end(
        ["sh", "-c", "read word; echo got $word; exit 4"],
        environment=ENVIRONMENT,
        log=log,
        watch=lambda: seen.append(log.read_text()),
        stdin_text="hush\n",
    )

    assert status == 4
    assert seen[-1] == "got hush\n"


# Runs a service that has a worker of its own, prints the ids of both and waits.
RUN_OF_A_SERVICE = (
    "import sys, time; from pathlib import Path\n"
    "from include.local.services import service\n"
    "with service('it', ['sh', '-c', 'sleep 60 & echo $$ $!; wait'],"
    " environment={'PATH': sys.argv[2]}, log=Path(sys.argv[1])) as it:\n"
    "    print('guarded', flush=True)\n"
    "    while True: it.check(); time.sleep(0.05)"
)


@pytest.mark.parametrize("killed", ["the run", "the service"])
def test_nothing_is_left_when_the_run_or_its_service_is_killed(tmp_path: Path, killed: str) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", RUN_OF_A_SERVICE, str(log), os.environ["PATH"]]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as run:
        assert run.stdout
        assert run.stdout.readline() == "guarded\n"
        while not (log.exists() and (words := log.read_text().split())):
            time.sleep(0.05)
        both = [psutil.Process(int(word)) for word in words]
        os.kill(run.pid if killed == "the run" else both[0].pid, signal.SIGKILL)
        _, errors = run.communicate(timeout=20)

    assert psutil.wait_procs(both, timeout=30)[1] == []
    assert ("it stopped unexpectedly (it was killed by SIGKILL" in errors) is (
        killed == "the service"
    )


def test_a_session_that_was_released_is_not_ended() -> None:
    assert guarded(["+12\n", "+34\n", "-12\n", "+56\n"]) == [34, 56]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_its_services(tmp_path: Path, number: signal.Signals) -> None:
    program = (
        "import signal, sys, time; from pathlib import Path\n"
        "from include.local.services import Interrupted, interrupt_on_signals, service\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # also where the tests run under nohup
        "interrupt_on_signals()\n"
        "try:\n"
        "    with service('it', ['sleep', '60'], environment={'PATH': sys.argv[2]},"
        " log=Path(sys.argv[1])) as it:\n"
        "        print(it.process.pid, flush=True); time.sleep(60)\n"
        "except Interrupted as end:\n"
        "    sys.exit(end.status)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "log"), os.environ["PATH"]],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        assert run.stdout
        pid = int(run.stdout.readline())
        run.send_signal(number)

    assert run.returncode == 128 + number
    assert not psutil.pid_exists(pid)


def test_a_signal_while_a_service_stops_waits_until_it_has(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    interrupt_on_signals()
    # It answers its own termination with a signal to us.
    command = [
        "sh",
        "-c",
        f"trap 'kill -INT {os.getpid()}; sleep 0.5; exit' TERM; echo up; sleep 60 & wait",
    ]
    log = tmp_path / "log"
    try:
        with (
            pytest.raises(Interrupted),
            service("spiteful", command, environment=ENVIRONMENT, log=log) as spiteful,
        ):
            wait_until(lambda: "up" in log.read_text(), [spiteful], what="It", seconds=20)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    assert not spiteful.process.is_running()


@pytest.mark.parametrize(("before", "stops"), [("SIG_DFL", True), ("SIG_IGN", False)])
def test_what_nohup_started_outlives_its_terminal(before: str, stops: bool) -> None:
    program = (
        "import os, signal; from include.local.services import interrupt_on_signals\n"
        f"signal.signal(signal.SIGHUP, signal.{before}); interrupt_on_signals()\n"
        "os.kill(os.getpid(), signal.SIGHUP); print('goes on')"
    )

    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert ("goes on" in run.stdout) is not stops
