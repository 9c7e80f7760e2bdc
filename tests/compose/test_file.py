"""What docker-compose.yaml promises, read from the file; no Docker is needed."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
import yaml

from include.local.airflow_settings import airflow_environment
from include.local.settings import PROJECT, parse_env_file

Service = dict[str, Any]
Services = dict[str, Service]
Rule = Callable[[Services], list[str]]

SECRET = re.compile(r"PASSWORD|SECRET|FERNET_KEY|API_KEY|CLI_AUTH")
REQUIRED = re.compile(r"\$\{(\w+):\?\1 is not set\. Run bin/fill-env\}")
# A user name or none, and a password, before the host of an address; a password in JSON.
CREDENTIALS = re.compile(
    r'://[\w-]*:((?:\$\{[^}]*\}|[^@/"])*)@|"password": "((?:\$\{[^}]*\}|[^"])*)"'
)
HOST = re.compile(r'://(?:[\w-]*:(?:\$\{[^}]*\}|[^@/"])*@)?([a-z][\w.-]*)|"host": "([^"]*)"')
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)")
GIBIBYTES = {"m": 1 / 1024, "g": 1}
# Said by the user or found in the account: an empty one has a meaning of its own.
OPTIONAL = {"USAJOBS_API_KEY"}


def text() -> str:
    return (PROJECT / "docker-compose.yaml").read_text(encoding="utf-8")


def services() -> Services:
    found: Services = yaml.safe_load(text())["services"]
    return found


def settings(service: Service) -> dict[str, str]:
    return dict(service.get("environment") or {})


def finishing(all_services: Services) -> set[str]:
    """Services that others wait for until they have ended."""
    return {
        name
        for service in all_services.values()
        for name, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }


def staying(all_services: Services) -> Iterator[tuple[str, Service]]:
    ends = finishing(all_services)
    return ((name, service) for name, service in all_services.items() if name not in ends)


def with_a_secret_of_its_own(all_services: Services) -> list[str]:
    """Secrets by their names that are not asked for under a name of `.env`."""
    return [
        f"{name}: {variable}"
        for name, service in all_services.items()
        for variable, value in settings(service).items()
        if SECRET.search(variable) and variable not in OPTIONAL and not REQUIRED.fullmatch(value)
    ]


def with_credentials_of_their_own(all_services: Services) -> list[str]:
    """Passwords within addresses, connections and commands that stand there as they are."""
    return [
        f"{name}: {secret}"
        for name, service in all_services.items()
        for secret in (
            *(
                found[1] or found[2]
                for value in settings(service).values()
                for found in CREDENTIALS.finditer(value)
            ),
            *(value for option, value in pairwise(service.get("command", ())) if "pass" in option),
        )
        if not REQUIRED.fullmatch(secret)
    ]


def without_health_check(all_services: Services) -> list[str]:
    return [name for name, each in staying(all_services) if not each.get("healthcheck", {})["test"]]


def open_to_others(all_services: Services) -> list[str]:
    return [
        f"{name}: {port}"
        for name, service in all_services.items()
        for port in service.get("ports", ())
        if not re.match(r"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+$", port)
    ] + [name for name, service in all_services.items() if "network_mode" in service]


def without_a_version(all_services: Services) -> list[str]:
    """Images that another day could be others; the one that is built here has its base pinned."""
    return [
        f"{name}: {service['image']}"
        for name, service in all_services.items()
        if not re.search(r":\d+(\.\d+)*$|^\$\{JOB_TRACKER_IMAGE:-job-tracker\}:", service["image"])
    ]


def out_of_reach(all_services: Services) -> list[str]:
    """Hosts that a service is told of and that are no service."""
    return [
        f"{name}: {host}"
        for name, service in all_services.items()
        for value in settings(service).values()
        for host in (found[1] or found[2] for found in HOST.finditer(value))
        if host not in all_services and host not in ("127.0.0.1", "localhost")
    ]


def started_too_early(all_services: Services) -> list[str]:
    """Services that wait for nobody's health, or for a service that may not be there."""
    found = []
    for name, service in all_services.items():
        profiles = set(service.get("profiles", ()))
        for other, how in service.get("depends_on", {}).items():
            waited_for = all_services.get(other, {})
            if not set(waited_for.get("profiles", ())) <= profiles:
                found.append(f"{name}: {other} is of another profile")
            if how["condition"] == "service_healthy" and "healthcheck" not in waited_for:
                found.append(f"{name}: {other} tells no health")
            if how["condition"] == "service_started":
                found.append(f"{name}: {other} may not be ready")
    airflow = {name for name, each in all_services.items() if "airflow" in name}
    return found + [
        f"{name}: does not wait for {needed}"
        for name in airflow
        for needed in ("postgres", "mongo")
        if needed not in all_services[name].get("depends_on", {})
    ]


def not_restarted(all_services: Services) -> list[str]:
    return [name for name, each in staying(all_services) if each.get("restart") != "unless-stopped"]


def with_endless_logs(all_services: Services) -> list[str]:
    return [
        name
        for name, service in all_services.items()
        if not {"max-size", "max-file"} <= set(service.get("logging", {}).get("options", {}))
    ]


def gaining_privileges(all_services: Services) -> list[str]:
    return [
        name
        for name, service in all_services.items()
        if "no-new-privileges:true" not in service.get("security_opt", ())
        or service.get("cap_drop") != ["ALL"]
        or service.get("cap_add")
        or service.get("privileged")
        or not re.fullmatch(r"[1-9]\d*(:\d+)?", service.get("user", ""))
    ]


def writing_to_the_image(all_services: Services) -> list[str]:
    """Services that could leave something in their containers, or lack a folder for the brief."""
    return [
        name
        for name, each in all_services.items()
        if not each.get("read_only") or "/tmp" not in each.get("tmpfs", ())  # noqa: S108
    ]


def without_a_limit(all_services: Services) -> list[str]:
    limits = ("mem_limit", "pids_limit", "cpus")
    return [name for name, each in all_services.items() if not {*limits} <= each.keys()]


def starting_python_to_see_its_health(all_services: Services) -> list[str]:
    """Health checks that start an interpreter, which takes seconds of the processor each time."""
    slow = re.compile(r"\b(airflow (?!-)|celery|mongosh|node|python)\b")
    return [
        name
        for name, each in staying(all_services)
        if slow.search(" ".join(each["healthcheck"]["test"]).replace("airflow-apiserver", ""))
    ]


def spoilt(change: Callable[[Services], object]) -> Services:
    copied = copy.deepcopy(services())
    change(copied)
    return copied


@pytest.mark.parametrize(
    ("offenders", "spoil"),
    [
        (
            with_a_secret_of_its_own,
            lambda s: s["postgres"]["environment"].update(POSTGRES_PASSWORD="x"),
        ),
        (with_a_secret_of_its_own, lambda s: s["mongo"]["environment"].update(A_SECRET="${A:-b}")),
        (
            with_credentials_of_their_own,
            lambda s: s["mongo-express"]["environment"].update(URL="mongodb://me:x@mongo/"),
        ),
        (
            with_credentials_of_their_own,
            lambda s: s["mongo"]["environment"].update(AIRFLOW_CONN_X='{"password": "${A:-b}"}'),
        ),
        (
            with_credentials_of_their_own,
            lambda s: s["valkey"].update(command=["valkey-server", "--requirepass", "x"]),
        ),
        (without_health_check, lambda s: s["mongo"]["healthcheck"].update(test=[])),
        (open_to_others, lambda s: s["mongo"].update(ports=["27017:27017"])),
        (open_to_others, lambda s: s["mongo"].update(ports=["0.0.0.0:${PORT:-27017}:27017"])),
        (open_to_others, lambda s: s["mongo"].update(network_mode="host")),
        (without_a_version, lambda s: s["mongo"].update(image="mongo")),
        (without_a_version, lambda s: s["mongo"].update(image="mongo:latest")),
        (out_of_reach, lambda s: s["mongo-express"]["environment"].update(URL="http://mogno:1/")),
        (out_of_reach, lambda s: s.pop("valkey")),
        (out_of_reach, lambda s: s.pop("sample-api")),
        (started_too_early, lambda s: s["airflow-scheduler"]["depends_on"].pop("mongo")),
        (started_too_early, lambda s: s["mongo"].pop("healthcheck")),
        (
            started_too_early,
            lambda s: s["mongo"].update(depends_on={"valkey": {"condition": "service_healthy"}}),
        ),
        (not_restarted, lambda s: s["postgres"].update(restart="no")),
        (with_endless_logs, lambda s: s["mongo"]["logging"]["options"].pop("max-size")),
        (gaining_privileges, lambda s: s["airflow-worker"].update(user="root")),
        (gaining_privileges, lambda s: s["valkey"].pop("security_opt")),
        (gaining_privileges, lambda s: s["postgres"].pop("user")),
        (gaining_privileges, lambda s: s["mongo"].update(user="0:0")),
        (gaining_privileges, lambda s: s["mongo"].update(cap_add=["CHOWN"])),
        (gaining_privileges, lambda s: s["mongo"].pop("cap_drop")),
        (writing_to_the_image, lambda s: s["mongo-express"].pop("read_only")),
        (writing_to_the_image, lambda s: s["sample-api"].pop("tmpfs")),
        (without_a_limit, lambda s: s["airflow-worker"].pop("mem_limit")),
        (without_a_limit, lambda s: s["postgres"].pop("pids_limit")),
        (without_a_limit, lambda s: s["valkey"].pop("cpus")),
        (
            starting_python_to_see_its_health,
            lambda s: s["airflow-triggerer"]["healthcheck"].update(
                test=["CMD-SHELL", "airflow jobs check --job-type TriggererJob"]
            ),
        ),
        (
            starting_python_to_see_its_health,
            lambda s: s["mongo"]["healthcheck"].update(test=["CMD", "mongosh", "--eval", "1"]),
        ),
    ],
)
def test_the_file_keeps_the_rule_and_a_spoilt_one_would_be_found(
    offenders: Rule, spoil: Callable[[Services], object]
) -> None:
    assert offenders(services()) == []
    assert offenders(spoilt(spoil))


AIRFLOW = {"AIRFLOW_FERNET_KEY", "POSTGRES_PASSWORD"}
JOBS, USAJOBS = {"MONGO_PASSWORD"}, {"USAJOBS_API_KEY"}
LOGS, TOKENS = {"AIRFLOW_SECRET_KEY"}, {"AIRFLOW_JWT_SECRET"}
CELERY = {"VALKEY_PASSWORD"}
SECRETS_OF = {
    "postgres": {"POSTGRES_PASSWORD"},
    "mongo": {"MONGO_ROOT_PASSWORD", "MONGO_PASSWORD", "MONGO_EXPRESS_MONGO_PASSWORD"},
    "mongo-express": {
        "MONGO_EXPRESS_MONGO_PASSWORD",
        "MONGO_EXPRESS_PASSWORD",
        "MONGO_EXPRESS_SECRET",
    },
    "valkey": CELERY,
    "sample-api": set(),
    "airflow-init": AIRFLOW | JOBS | USAJOBS | {"AIRFLOW_PASSWORD"},
    "airflow-apiserver": AIRFLOW | JOBS | LOGS | TOKENS,
    "airflow-scheduler": AIRFLOW | JOBS | LOGS | TOKENS | USAJOBS | CELERY,
    "airflow-worker": AIRFLOW | JOBS | LOGS | USAJOBS | CELERY,
    "airflow-dag-processor": AIRFLOW,
    "airflow-triggerer": AIRFLOW | LOGS,
}


AIRFLOW_SERVICES = {
    "airflow-init", "airflow-apiserver", "airflow-scheduler", "airflow-worker",
    "airflow-dag-processor", "airflow-triggerer",
}  # fmt: skip
STORING_JOBS = {"airflow-init", "airflow-apiserver", "airflow-scheduler", "airflow-worker"}
REACHED_BY = {
    "postgres": AIRFLOW_SERVICES,
    "mongo": STORING_JOBS | {"mongo-express"},
    "mongo-express": {"mongo"},
    "valkey": AIRFLOW_SERVICES | {"sample-api"},
}


def test_a_service_is_reached_by_those_that_need_it() -> None:
    networks = {name: {*service["networks"]} for name, service in services().items()}
    reached = {
        name: {other for other in networks if networks[other] & networks[name]} - {name}
        for name in REACHED_BY
    }

    assert reached == REACHED_BY


def test_only_what_asks_others_or_is_asked_by_people_has_a_way_out() -> None:
    networks = yaml.safe_load(text())["networks"]
    internal = {name for name, how in networks.items() if how and how.get("internal")}

    shut_in = {name for name, each in services().items() if {*each["networks"]} <= internal}
    assert shut_in == {"postgres", "mongo"}


def test_an_image_with_the_name_of_yours_is_never_built() -> None:
    built = [each["build"] for each in services().values() if "build" in each]

    assert built == [{"context": ".", "dockerfile": "${JOB_TRACKER_IMAGE:-Dockerfile}"}]
    assert not any(".dockerfile" in path.name.lower() for path in PROJECT.iterdir())
    assert {each["pull_policy"] for each in services().values() if "pull_policy" in each} == {
        "never"
    }


def test_nothing_is_started_for_what_no_dag_does() -> None:
    """Deferring needs the triggerer, which costs 200 MB."""
    sources = [*(PROJECT / "dags").rglob("*.py"), *(PROJECT / "include").rglob("*.py")]
    assert not [each for each in sources if "deferrable=True" in each.read_text(encoding="utf-8")]
    assert services()["airflow-triggerer"]["profiles"] == ["triggerer"]


def test_no_secret_is_an_argument_that_a_list_of_processes_shows() -> None:
    arguments = [
        (name, argument)
        for name, each in services().items()
        for key in ("command", "entrypoint")
        for argument in [each.get(key)]
        if re.search(r"(?<!\$)\$\{", str(argument))
    ]
    assert arguments == []


def test_each_service_gets_the_secrets_that_it_needs_and_no_other() -> None:
    given = {
        name: {each for each in VARIABLE.findall(str(service)) if SECRET.search(each)}
        for name, service in services().items()
    }

    assert given == SECRETS_OF


def test_the_limits_leave_room_on_a_machine_with_8_gigabytes() -> None:
    always = [
        service["mem_limit"] for _, service in staying(services()) if not service.get("profiles")
    ]

    assert sum(float(limit[:-1]) * GIBIBYTES[limit[-1]] for limit in always) <= 6.5


def test_every_variable_is_explained_and_no_secret_has_a_default() -> None:
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")

    assert set(VARIABLE.findall(text())) <= set(parse_env_file(example))
    assert {name for name, value in parse_env_file(example).items() if value} <= {
        "JOB_TRACKER_AIRFLOW",
        "JOB_TRACKER_CPUS",
        "JOB_TRACKER_MONGO_EXPRESS_PORT",
        "JOB_TRACKER_MONGO_PORT",
        "JOB_TRACKER_PORT",
        "JOB_TRACKER_SAMPLE_PORT",
    }


def test_only_what_both_generations_of_compose_read_alike_is_written() -> None:
    assert not re.search(r"^(version|name|include|secrets|configs):", text(), re.MULTILINE)
    assert not re.search(r"\$\{\w+:-[^}]*\$\{", text())
    assert all(
        isinstance(value, str) for each in services().values() for value in settings(each).values()
    )


def test_values_between_tasks_are_kept_as_a_local_run_keeps_them() -> None:
    local = airflow_environment("3.3", 8080, {}, inherited={})
    kept = {
        name: value
        for name, value in settings(services()["airflow-worker"]).items()
        if "XCOM" in name and not name.endswith("PATH")
    }

    assert kept
    assert kept == {name: local[name] for name in kept}


def test_all_of_airflow_shares_one_volume_for_values_and_one_for_logs() -> None:
    airflow = {name: each for name, each in services().items() if name.startswith("airflow-")}

    assert len(airflow) == 6
    for service in airflow.values():
        assert "airflow-xcom:/opt/airflow/xcom" in service["volumes"]
        assert "airflow-logs:/opt/airflow/logs" in service["volumes"]


def test_the_image_holds_the_airflow_that_the_constraints_pin_and_ends_as_its_user() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    pinned = (PROJECT / "constraints" / "airflow-3.3.txt").read_text(encoding="utf-8")

    [(version, python)] = re.findall(
        r"^FROM apache/airflow:([\d.]+)-python([\d.]+)(?:@\S+)? AS airflow$",
        dockerfile,
        re.MULTILINE,
    )
    assert f"\napache-airflow=={version}\n" in pinned
    assert python in ("3.11", "3.12", "3.13")
    # The base image's user is airflow.
    assert not re.search(r"^USER", dockerfile, re.MULTILINE)


def test_no_secret_gets_into_the_image() -> None:
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]

    assert rules[0] == "*"
    assert not any(rule.startswith("!.") for rule in rules)
