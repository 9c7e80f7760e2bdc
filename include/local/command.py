"""What the commands about stored jobs share: where the jobs are, and how a command ends."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from pymongo.database import Database
from rich.console import Console

from include.documents import Document
from include.local.airflow_command import local_connections
from include.local.backfill import INTERRUPTED
from include.local.connections import (
    Connections,
    choose_connections,
    database_name,
    mongo_client,
    server_version,
)
from include.local.mongod import embedded_mongod
from include.local.options import parse_options
from include.local.ports import free_port
from include.local.running import running_stack, stack_of, the_only_stack
from include.local.settings import local_directory, user_settings
from include.local.terminal import complain
from include.local.trouble import Trouble


def exit_status(main: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; what ends it is said in whole lines."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return main(arguments)
    except Trouble as trouble:
        complain(Console(stderr=True, highlight=False), str(trouble))
        return trouble.status
    except KeyboardInterrupt:
        return INTERRUPTED


@contextmanager
def jobs_database(environ: Mapping[str, str]) -> Iterator[Database[Document]]:
    """Open the database of the running stack, else the one of the settings.

    Where that is the embedded server's, and no stack runs, the server runs while the block does.
    """
    connections = local_connections(environ)
    with ExitStack() as server:
        if connections.embedded_mongod and not running_stack(local_directory()):
            connections = server.enter_context(_server_of_our_own(environ))
        server_version(connections.mongo)
        with mongo_client(connections.mongo) as client:
            yield client[database_name(connections.mongo)]


@contextmanager
def _server_of_our_own(environ: Mapping[str, str]) -> Iterator[Connections]:
    settings, local = user_settings(environ), local_directory()
    options = replace(parse_options([], settings), mongo_port=free_port())
    with (
        the_only_stack(local, stack_of(options)),
        embedded_mongod(local / "mongo", options.mongo_port) as mongod,
    ):
        yield choose_connections(settings, mongo_port=mongod.port, sample_port=options.sample_port)
