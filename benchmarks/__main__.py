"""All benchmarks in one table, each line with the command that repeats its part alone.

    python -m benchmarks [--quick]

Every ratio compares a measurement with a baseline of the same run: figures of different machines
don't compare.
"""

from __future__ import annotations

from benchmarks import chain, dag, history, page, searches
from benchmarks.part import measure_all

PARTS = (chain.PART, dag.PART, page.PART, history.PART, searches.PART)

if __name__ == "__main__":
    measure_all(__doc__, PARTS)
