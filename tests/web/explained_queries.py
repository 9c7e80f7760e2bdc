"""Whether what is asked of MongoDB is answered from an index."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

Command = dict[str, Any]

READING = ("find", "aggregate", "count", "distinct", "findAndModify")
OF_THE_CONNECTION = ("lsid", "txnNumber", "writeConcern", "readConcern")


class Recorder(CommandListener):
    """Keeps the commands that read, in the form in which they can be explained."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in READING:
            self.commands.append(
                {
                    name: copy.deepcopy(value)
                    for name, value in event.command.items()
                    if not name.startswith("$") and name not in OF_THE_CONNECTION
                }
            )

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


@contextmanager
def recorded(port: int, name: str) -> Iterator[tuple[Database[dict[str, Any]], list[Command]]]:
    """Give a database, and the list to which each command that reads from it is added."""
    recorder = Recorder()
    client: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1", port, tz_aware=True, event_listeners=[recorder]
    )
    with client:
        yield client[name], recorder.commands


def winning_stages(database: Database[dict[str, Any]], command: Command) -> set[str]:
    """Return the stages by which the server answers a command, as `explain` tells them."""
    explained = database.command("explain", command, verbosity="queryPlanner")
    return set(_stages(explained, in_winning_plan=False))


def scanning(database: Database[dict[str, Any]], commands: Iterable[Command]) -> list[Command]:
    """Return those of the commands that read a whole collection, once each."""
    different = {repr(command): command for command in commands}
    return [
        command for command in different.values() if "COLLSCAN" in winning_stages(database, command)
    ]


def _stages(explained: Any, *, in_winning_plan: bool) -> Iterator[str]:
    if isinstance(explained, list):
        for each in explained:
            yield from _stages(each, in_winning_plan=in_winning_plan)
    if isinstance(explained, dict):
        if in_winning_plan and "stage" in explained:
            yield explained["stage"]
        for name, value in explained.items():
            inside = in_winning_plan or name == "winningPlan"
            yield from _stages(value, in_winning_plan=inside)
