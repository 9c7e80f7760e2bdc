"""The main program of `./run.sh`, in its environment: `python -m include.local [options]`."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.text import Text

from include.local.options import parse_options
from include.local.services import Interrupted, interrupt_on_signals
from include.local.settings import user_settings
from include.local.stack import make_plan, run_once, stay_up
from include.terminal.errors import CommandError, refused_by_system
from include.terminal.progress import complain
from include.terminal.streams import adapt_streams


def main() -> int:
    """Return the exit status: the run's own, 2 for a usage error, 128 + signal if interrupted."""
    adapt_streams(line_buffering=True)
    console = Console(highlight=False)
    try:
        interrupt_on_signals()
        settings = user_settings(os.environ)
        options = parse_options(sys.argv[1:], settings)
        plan = make_plan(options, settings, console)
        if options.once:
            return run_once(plan)
        stay_up(plan)
    except (CommandError, OSError) as error:
        problem = refused_by_system(error) if isinstance(error, OSError) else error
        complain(Console(stderr=True, highlight=False), str(problem))
        return problem.status
    except Interrupted as interrupted:
        console.print(Text("Stopped; nothing is left running.", "dim"))
        return interrupted.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
