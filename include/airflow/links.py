"""Links from tasks to the Job Tracker page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.providers.common.compat.sdk import BaseOperatorLink
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from include.airflow.page_url import page_url

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey


class ReceiptLink(BaseOperatorLink):
    """Links a task to its run's receipt on the Job Tracker page."""

    name = "Job Tracker"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the page's URL, with the run to show."""
        return receipt_address(ti_key.dag_id, ti_key.run_id)


def receipt_address(dag_id: str, run_id: str) -> str:
    """Return the URL of a run's receipt on the page; on Airflow 2, what names it in `runs`."""
    page = page_url()
    return f"{page}#run={dag_id}/{quote(run_id, safe='')}" if page else f"{dag_id}/{run_id}"


RECEIPT_LINKS = (ReceiptLink(),) if AIRFLOW_V_3_0_PLUS else ()
