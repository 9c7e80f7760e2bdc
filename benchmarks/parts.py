"""The parts of the benchmarks, in the order of the table."""

from __future__ import annotations

from benchmarks import chain, dag, history, page, peers, profile, searches, start

PARTS = {
    part.name: part
    for part in (
        chain.PART,
        peers.PART,
        dag.PART,
        start.PART,
        page.PART,
        history.PART,
        searches.PART,
        profile.PART,
    )
}
