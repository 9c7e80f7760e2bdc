"""Shared by the commands that use the jobs database: opening it, and exit statuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import tenacity
from pymongo.database import Database
from rich.console import Console

from include.cli.airflow_command import local_connections
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
from include.local.running import (
    AlreadyRunningError,
    borrowed_stack,
    not_borrowed,
    stack_of,
    the_only_stack,
)
from include.local.settings import local_directory, user_settings
from include.store.documents import Document
from include.terminal.errors import INTERRUPTED, CommandError, refused_by_system
from include.terminal.progress import complain
from include.terminal.streams import adapt_streams


def exit_status(main: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """Run a command and return its exit status, after printing the error that ended it."""
    adapt_streams()
    try:
        return main(arguments)
    except (CommandError, OSError) as error:
        problem = refused_by_system(error) if isinstance(error, OSError) else error
        complain(Console(stderr=True, highlight=False), str(problem))
        return problem.status
    except KeyboardInterrupt:
        return INTERRUPTED


@contextmanager
def jobs_database(environ: Mapping[str, str]) -> Iterator[Database[Document]]:
    """Open the database of the running stack, or else of the settings.

    If that is on the embedded server and no stack is running, the server runs for the duration of
    the block.

    Raises:
        UsageError: the settings are not valid.
        CommandError: MongoDB can't be reached, or refuses the login.
    """
    connections = local_connections(environ)
    with ExitStack() as server:
        if connections.embedded_mongod:
            connections = server.enter_context(embedded_connections(environ))
        server_version(connections.mongo)
        with mongo_client(connections.mongo) as client:
            yield client[database_name(connections.mongo)]


@contextmanager
def embedded_connections(environ: Mapping[str, str]) -> Iterator[Connections]:
    """Yield the connections to the embedded server, which runs for the block.

    It is that of the running stack, or of another command, or else one for this command.

    Raises:
        CommandError: it does not start.
    """
    with ExitStack() as server:
        for attempt in tenacity.Retrying(
            # Another command was faster, so its server can be borrowed.
            retry=tenacity.retry_if_exception_type(AlreadyRunningError),
            stop=tenacity.stop_after_attempt(20),
            wait=tenacity.wait_fixed(0.5),
            reraise=True,
        ):
            with attempt:
                connections = _enter_embedded(server, environ)
        yield connections


def _enter_embedded(server: ExitStack, environ: Mapping[str, str]) -> Connections:
    if server.enter_context(borrowed_stack(local_directory())):
        return local_connections(environ)
    server.close()
    return server.enter_context(_embedded_server(environ))


@contextmanager
def _embedded_server(environ: Mapping[str, str]) -> Iterator[Connections]:
    """Run the embedded server on a free port for the block, and until no other command needs it.

    Raises:
        AlreadyRunningError: `./run.sh` or another command runs one here.
        CommandError: it does not start.
    """
    settings, local = user_settings(environ), local_directory()
    options = replace(parse_options([], settings), mongo_port=free_port())
    with ExitStack() as server:
        with not_borrowed(local):
            server.enter_context(the_only_stack(local, stack_of(options)))
            mongod = server.enter_context(embedded_mongod(local / "mongo", options.mongo_port))
        try:
            yield choose_connections(
                settings, mongo_port=mongod.port, sample_port=options.sample_port
            )
        finally:
            with not_borrowed(local):
                server.close()
