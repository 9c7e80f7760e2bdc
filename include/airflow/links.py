"""Links from tasks to the Job Tracker page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.providers.common.compat.sdk import BaseOperatorLink
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from include.airflow.page_url import page_url
from include.searches.page_links import page_link

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey


class ReceiptLink(BaseOperatorLink):
    """Links a task to its run's receipt on the Job Tracker page."""

    name = "Job Tracker"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the page's URL, with the run to show.

        It is made in the process of the task, after that has ended.
        """
        search = getattr(operator, "loaded_search", "")
        return receipt_address(ti_key.dag_id, ti_key.run_id, search)


def receipt_address(dag_id: str, run_id: str, search: str) -> str:
    """Return the URL of a run's receipt on the page, beside the jobs of its search.

    On Airflow 2, it is what names the receipt in `runs`.
    """
    page = page_link(page_url(), search)
    if not page_url():
        return f"{dag_id}/{run_id}"
    return f"{page}#run={dag_id}/{quote(run_id, safe='')}"


RECEIPT_LINKS = (ReceiptLink(),) if AIRFLOW_V_3_0_PLUS else ()
