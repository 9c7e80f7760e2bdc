"""Serve the sample API until interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
from datetime import date

from include.sample_api.postings import DEFAULT_SEED
from include.sample_api.running import LOOPBACK, running
from include.sample_api.server import create_app

_STOPS = {signal.SIGINT, signal.SIGTERM}


def main() -> None:
    """Parse the command line, serve, and print the address once the server is ready."""
    parser = argparse.ArgumentParser(prog="python -m include.sample_api", description=__doc__)
    parser.add_argument(
        "--host",
        default=LOOPBACK,
        help="address to listen on (default: %(default)s); nothing else restricts access",
    )
    parser.add_argument("--port", type=int, default=8090, help="0 picks a free one")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="selects other postings")
    parser.add_argument(
        "--today", type=date.fromisoformat, metavar="YYYY-MM-DD", help="default: today in UTC"
    )
    arguments = parser.parse_args()
    # Blocked before the server's thread starts, so that both signals reach `sigwait` below.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    app = create_app(seed=arguments.seed, today=arguments.today)
    try:
        with running(app, host=arguments.host, port=arguments.port) as address:
            print(f"Sample USAJOBS API: {address}", flush=True)
            signal.sigwait(_STOPS)
    except OSError as error:
        sys.exit(
            f"Port {arguments.port} of {arguments.host} cannot be used ({error}): choose another."
        )


if __name__ == "__main__":
    main()
