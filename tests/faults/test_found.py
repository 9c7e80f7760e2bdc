"""What the campaign found, each as the smallest case that once went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from pymongo.database import Database

from include.pipeline import receipt
from include.sample_api.faults import Fault
from include.sample_api.running import running
from include.sample_api.server import SampleApi, create_app
from include.usajobs.client import FatalApiError, RetriableApiError, receive, retry_after
from tests.faults.chain import Client
from tests.faults.fault_env import FIRST_DAY, FIRST_ROWS
from tests.faults.loads import FIRST, SECOND

pytestmark = pytest.mark.usefixtures("no_waiting")

Read = Callable[[], list[Any]]


@pytest.fixture
def api() -> SampleApi:
    return create_app(rows=FIRST_ROWS)


@pytest.fixture
def read(api: SampleApi) -> Iterator[Read]:
    """Read the search in pages of ten and return the rows."""
    with running(api) as address:

        def rows() -> list[Any]:
            batches: list[Any] = []
            Client(address, FIRST_DAY).search(10)(batches)
            return [row for batch in batches for row in batch]

        yield rows


@pytest.mark.parametrize("status", [103, 202, 204, 206])
def test_a_status_that_is_neither_good_nor_an_error_is_asked_for_again(
    api: SampleApi, read: Read, status: int
) -> None:
    api.faults.inject(Fault(kind="odd_status", status=status, page=2, times=4))
    assert len(read()) == 36


def test_where_asking_again_was_of_no_use_the_error_says_what_to_do(
    api: SampleApi, read: Read
) -> None:
    api.faults.inject(Fault(kind="html", page=2, times=None))
    with pytest.raises(RetriableApiError, match=r"Page 2 .*All 5 attempts failed.*Clear this task"):
        read()


@pytest.mark.parametrize(
    "value",
    [
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999999999",
    ],
)
def test_a_retry_after_beyond_every_calendar_is_none(value: str) -> None:
    assert retry_after(value, FIRST_DAY) is None


def test_rows_that_come_twice_do_not_end_the_pages_before_the_last_one(
    api: SampleApi, read: Read
) -> None:
    api.faults.inject(Fault(kind="duplicate_rows", rows=3, times=None))
    assert len(read()) == 36


def test_a_server_that_ignores_the_page_is_not_asked_for_ever(api: SampleApi, read: Read) -> None:
    api.faults.inject(Fault(kind="page_before", page=2, times=None))
    with pytest.raises(Exception, match=r"36 rows, but 10 distinct ones arrived"):
        read()
    assert len(api.requests) == 3 * 2


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol",
            RetriableApiError,
        ),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", FatalApiError),
    ],
)
def test_a_secure_connection_that_breaks_off_may_come_back_but_a_bad_certificate_will_not(
    words: str, error: type[Exception]
) -> None:
    def send() -> requests.Response:
        raise requests.exceptions.SSLError(words)

    with pytest.raises(error, match="Page 1"):
        receive(send, "Page 1")


def test_of_a_run_that_loads_twice_at_once_the_first_receipt_stands(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    FIRST.load(database, "first")
    check_quality = receipt.check_quality
    earlier: list[dict[str, Any]] = []

    def overtaken(*arguments: Any) -> Any:
        # It has been looked for a stored receipt before, and there was none.
        monkeypatch.setattr(receipt, "check_quality", check_quality)
        earlier.append(SECOND.load(database, "second"))
        return check_quality(*arguments)

    monkeypatch.setattr(receipt, "check_quality", overtaken)
    later = SECOND.load(database, "second")
    assert later == earlier[0]
    assert later["inserted"]
    assert database.runs.count_documents({}) == 2
