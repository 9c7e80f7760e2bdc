"""What the DAGs read and write, as assets, with the counts of a run.

The counts are attached to the asset events, which other DAGs can be scheduled on, and go to
OpenLineage and to Airflow's metrics where these are switched on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

from airflow.providers.common.compat.sdk import Asset, Stats

from include.jobs.source import Source
from include.store import collections

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.providers.openlineage.extractors import OperatorLineage

# Airflow 2.11 identifies an asset by its URI only.
APIS = {str(source): Asset(f"job-tracker://usajobs/{source}") for source in get_args(Source)}
"""The two APIs, by source."""

POSITIONS = Asset(f"job-tracker://mongo/{collections.POSITIONS}")
VERSIONS = Asset(f"job-tracker://mongo/{collections.VERSIONS}")
QUARANTINE = Asset(f"job-tracker://mongo/{collections.QUARANTINE}")
RUNS = Asset(f"job-tracker://mongo/{collections.RUNS}")

COLLECTIONS = {
    collections.POSITIONS: POSITIONS,
    collections.VERSIONS: VERSIONS,
    collections.QUARANTINE: QUARANTINE,
    collections.RUNS: RUNS,
}
"""The assets of the collections, by name."""

Counts = Mapping[str, Mapping[str, Any]]
"""What was written, by collection; `written` counts documents."""


def attach_counts(counts: Counts, context: Context) -> None:
    """Attach to the events of the collections' assets what was written."""
    for name, counted in counts.items():
        context["outlet_events"][COLLECTIONS[name]].extra = {**counted}


def record_metrics(dag_id: str, counted: Mapping[str, int]) -> None:
    """Set a gauge for each count, such as `job_tracker_denver.rows`."""
    for name, number in counted.items():
        Stats.gauge(f"{dag_id}.{name}", number)


class Lineage:
    """Lets an operator report to OpenLineage what it has read and written."""

    read_rows: Mapping[str, int] = {}
    """The rows read, by source; set by `execute`."""
    failed_checks: Sequence[str] | None = None
    """The codes of the quality checks that the rows did not pass; set by `execute` if it checks."""
    written_documents: Mapping[str, int] = {}
    """The documents written, by collection; set by `execute`."""

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage[Any, Any]:
        """Return the datasets with their counts; OpenLineage's provider calls it after the task."""
        from airflow.providers.openlineage.extractors import OperatorLineage
        from openlineage.client import event_v2, facet_v2

        written = facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
        return OperatorLineage(
            inputs=[
                event_v2.InputDataset(
                    *_namespace_and_name(APIS[source]), inputFacets=self._facets_of_read(rows)
                )
                for source, rows in self.read_rows.items()
            ],
            outputs=[
                event_v2.OutputDataset(
                    *_namespace_and_name(COLLECTIONS[name]),
                    outputFacets={"outputStatistics": written(rowCount=documents)},
                )
                for name, documents in self.written_documents.items()
            ],
        )

    def _facets_of_read(self, rows: int) -> dict[str, Any]:
        from openlineage.client import facet_v2

        read = facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet
        checked = facet_v2.data_quality_assertions_dataset
        facets: dict[str, Any] = {"inputStatistics": read(rowCount=rows)}
        if self.failed_checks is not None:
            failed = [checked.Assertion(code, success=False) for code in self.failed_checks]
            facets["dataQualityAssertions"] = checked.DataQualityAssertionsDatasetFacet(
                assertions=failed or [checked.Assertion("complete", success=True)]
            )
        return facets


def _namespace_and_name(asset: Asset) -> tuple[str, str]:
    """Return OpenLineage's name of an asset: ("job-tracker://mongo", "positions")."""
    parts = urlsplit(asset.uri)
    return f"{parts.scheme}://{parts.netloc}", parts.path.lstrip("/")
