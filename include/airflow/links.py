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
        return f"{page_url()}#run={ti_key.dag_id}/{quote(ti_key.run_id, safe='')}"


RECEIPT_LINKS = (ReceiptLink(),) if AIRFLOW_V_3_0_PLUS else ()
