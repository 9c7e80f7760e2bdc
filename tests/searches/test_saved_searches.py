from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from include.local.settings import PROJECT
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import (
    FOLDER,
    LOG,
    TAKEN,
    BadSearches,
    Entry,
    Recipient,
    SavedSearch,
    read_default_search,
    read_saved_searches,
)

DENVER = """\
location = "Denver, Colorado"
radius_miles = 75
hiring_paths = ["public", "vet"]
schedule = "0 7 * * 1-5"
timezone = "America/Denver"
email = ["ada@example.org"]
apprise = ["phone_of_ada"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def save(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def read_one(folder: Path, text: str, name: str = "denver") -> SavedSearch:
    save(folder, name, text)
    default, search = read_saved_searches(folder).good
    assert default == SavedSearch()
    return search


def problem(folder: Path, text: str, name: str = "bad") -> str:
    save(folder, name, text)
    searches = read_saved_searches(folder)
    assert [search.name for search in searches.good] == ["default"]
    return " ".join(map(str, searches.problems))


def test_a_file_says_what_is_searched_for_when_and_who_is_told(folder: Path) -> None:
    search = read_one(folder, DENVER)
    assert search.dag_id == "job_tracker_denver"
    assert search.parameters == SearchParameters(
        location="Denver, Colorado", radius_miles=75, hiring_paths=["public", "vet"]
    )
    assert (search.entry.schedule, search.entry.timezone) == ("0 7 * * 1-5", "America/Denver")
    assert search.recipients == [
        Recipient("email", "ada@example.org"),
        Recipient("apprise", "phone_of_ada"),
    ]


def test_what_a_file_leaves_out_has_its_default(folder: Path) -> None:
    search = read_one(folder, "years_of_experience = 2", "friend")
    assert search.parameters == SearchParameters(years_of_experience=2)
    assert (search.entry.schedule, search.entry.timezone) == ("@daily", "UTC")
    assert search.recipients == [LOG]


def test_the_default_search_runs_in_a_morning_of_its_place() -> None:
    entry = read_saved_searches(PROJECT / "dags" / "searches").good[0].entry
    assert (entry.schedule, entry.timezone) == ("0 6 * * *", "America/Chicago")


def test_a_default_file_of_an_earlier_version_keeps_its_times(folder: Path) -> None:
    save(folder, "default", 'schedule = "@daily"')
    (default,) = read_saved_searches(folder).good
    assert (default.entry.schedule, default.entry.timezone) == ("@daily", "UTC")


def test_without_a_file_there_is_the_default_search(folder: Path) -> None:
    (search,) = read_saved_searches(folder).good
    assert search.dag_id == "job_tracker"
    assert search.parameters == SearchParameters()


def test_the_default_search_may_be_told_otherwise_and_goes_first(folder: Path) -> None:
    save(folder, "denver", DENVER)
    save(folder, "default", "minimum_pay = 90_000")
    save(folder, "boston", 'location = "Boston, Massachusetts"')
    searches = read_saved_searches(folder).good
    assert [each.dag_id for each in searches] == [
        "job_tracker",
        "job_tracker_boston",
        "job_tracker_denver",
    ]
    assert searches[0].parameters.minimum_pay == 90_000


def test_two_searches_for_the_same_keep_their_matches_apart(folder: Path) -> None:
    friend = read_one(folder, "years_of_experience = 2", "my_friend")
    assert SavedSearch().slug == "data-engineering-chicago-illinois-50"
    assert friend.slug == "data-engineering-chicago-illinois-50-my-friend"
    assert friend.slug_of(SearchParameters(keyword="nurse")) == (
        "nurse-chicago-illinois-50-my-friend"
    )


def test_a_file_may_have_wishes_with_which_the_form_begins(folder: Path) -> None:
    wished = read_one(folder, DENVER + 'maximum_travel = "25%"\nexclude = ["Army", "0332"]\n')
    assert wished.slug == read_one(folder, DENVER).slug
    form = wished.trigger_form()
    assert form["maximum_travel"]["default"] == "25% or less"
    assert form["exclude"]["default"] == ["Army", "0332"]
    assert form["clearance"]["default"] == "any"


def test_the_trigger_form_begins_with_the_searchs_values(folder: Path) -> None:
    form = read_one(folder, DENVER).trigger_form()
    assert form.keys() == SearchParameters.model_fields.keys()
    assert (form["radius_miles"]["default"], form["radius_miles"]["maximum"]) == (75, 500)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("radius_miles = 501", "radius_miles = 501: Input should be less than or equal to 500"),
        ('radius_miles = "50"', "radius_miles = '50': Input should be a valid integer"),
        ('location = "Denver"', "“Denver” lacks its state; did you mean Denver, Colorado;"),
        ('location = "Denwer, Colorado"', "not a known place; did you mean Denver, Colorado?"),
        ('clearance = "Top Sekret"', "did you mean Top Secret?"),
        ('exclude = ["Army", "Departmnt of Energy"]', "did you mean Department of Energy"),
        ('telework = "yes"', "telework = 'yes': it is true or false"),
        ('hiring_paths = ["everybody"]', "a hiring path is one of"),
        ('hiring_paths = ["vet", "public", "vet"]', "'vet' is listed more than once"),
        ('keyword = "data\\u202e"', "without control or hidden characters"),
        ("radius_miles = true", "Input should be a valid integer"),
        ("radius_miles = nan", "Input should be a valid integer"),
        ('schedule = "0 0 31 2 *"', "no date matches this schedule"),
        ('schedule = "R 7 * * *"', "five cron fields"),
        ('schedule = "@once"', "five cron fields"),
        ('email = ["ada@example.org\\n"]', "email = "),
        ("years_of_experience = -1", "greater than or equal to 0"),
        ('schedule = "every day"', "five cron fields"),
        ('schedule = "0 25 * * *"', "five cron fields"),
        ('schedule = "* * * * * *"', "five cron fields"),
        ('timezone = "Denver"', "not a time zone"),
        ('timezone = "../../etc/passwd"', "not a time zone"),
        ('email = "ada@example.org"', "Input should be a valid list"),
        ('email = ["ada"]', "email = 'ada'"),
        ('email = ["ada@example.org, bob@example.org"]', "email = "),
        ('apprise = ["ntfy://token"]', "apprise = "),
        ("pay = 1", "there is no parameter 'pay'"),
        ('name = "x"', "there is no parameter 'name'"),
        ("[more]", "there is no parameter 'more'"),
        ('keyword = "', "Illegal character"),
        ("radius_miles = 50 miles", "Expected newline"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong(folder: Path, line: str, said: str) -> None:
    words = problem(folder, f"# A search.\n\n{line}\nminimum_pay = 1\n")
    assert f"{folder.name}/bad.toml, line 3: " in words
    assert said in words


@pytest.mark.parametrize(
    "line", ["radius_miles = 500", 'location = "Denver, Colorado"', 'schedule = "0 23 * * *"']
)
def test_a_line_next_to_a_bad_one_is_good(folder: Path, line: str) -> None:
    assert read_one(folder, line)


@pytest.mark.parametrize("name", [*sorted(TAKEN), "Denver", "den ver", "a-b", "_a", "9", "x" * 51])
def test_a_name_that_no_dag_can_have_is_refused(folder: Path, name: str) -> None:
    assert "can't be part of a DAG id" in problem(folder, "", name)


@pytest.mark.parametrize("name", ["a", "a_1", "x" * 50, "searched"])
def test_a_name_that_a_dag_can_have_is_taken(folder: Path, name: str) -> None:
    assert read_one(folder, "", name).dag_id == f"job_tracker_{name}"


def test_no_search_can_take_the_name_of_another_dag_file() -> None:
    files = {file.stem for file in (PROJECT / "dags").glob("job_tracker_*.py")}
    assert {file.removeprefix("job_tracker_") for file in files} == TAKEN


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "bad.toml").write_bytes(b"\xff\xfe")
    assert "bad.toml, line 1: can't be read" in " ".join(
        map(str, read_saved_searches(folder).problems)
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_is_read_as_editors_on_windows_save_it(folder: Path, encoding: str) -> None:
    (folder / "denver.toml").write_text(DENVER.replace("\n", "\r\n"), encoding=encoding)
    searches = read_saved_searches(folder)
    assert searches.problems == []
    assert searches.good[1].parameters.location == "Denver, Colorado"


def test_a_file_in_another_encoding_is_named_with_its_line(folder: Path) -> None:
    (folder / "denver.toml").write_text('schedule = "@daily"\nkeyword = "naïve"', "latin-1")
    assert "denver.toml, line 2: can't be read: it is not text in UTF-8: save it" in told(folder)


def test_a_folder_with_a_files_name_is_named(folder: Path) -> None:
    (folder / "denver.toml").mkdir()
    assert "denver.toml, line 1: can't be read: it is not a file" in told(folder)


def told(folder: Path) -> str:
    return "\n".join(map(str, read_saved_searches(folder).problems))


def test_what_systems_and_editors_leave_behind_is_no_search(folder: Path) -> None:
    save(folder, "denver", DENVER)
    for name in ("._denver.toml", ".#denver.toml", "denver.toml~", ".denver.toml.swp", "README"):
        (folder / name).write_bytes(b"\x00\x05\x16\x07")
    searches = read_saved_searches(folder)
    assert ([search.name for search in searches.good], searches.problems) == (
        ["default", "denver"],
        [],
    )


def test_a_file_that_a_case_sensitive_system_would_overlook_is_named(folder: Path) -> None:
    (folder / "Default.TOML").touch()
    searches = read_saved_searches(folder)
    assert searches.good == []
    assert "Default.TOML, line 1: the name has to end in .toml, in lower case" in told(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Take the rights of a user who owns nothing, as root may read everything."""
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("mode", "said"),
    [(0o000, "the folder can't be read"), (0o444, "default.toml, line 1: can't be read")],
)
def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(mode: int, said: str) -> None:
    with TemporaryDirectory() as parent:
        folder = Path(parent, "searches")
        folder.mkdir()
        save(folder, "default", "minimum_pay = 90_000")
        Path(parent).chmod(0o755)
        folder.chmod(mode)
        with as_nobody():
            searches = read_saved_searches(folder)
        folder.chmod(0o755)
    assert searches.good == []
    assert said in str(searches.problems[0])


def test_a_search_without_a_dag_is_explained(folder: Path) -> None:
    save(folder, "default", "radius_miles = 0")
    save(folder, "denver", DENVER)
    searches = read_saved_searches(folder)
    assert searches.of_dag("job_tracker_denver").name == "denver"
    with pytest.raises(BadSearches, match=r"DAG job_tracker: .*default.toml, line 1: radius_miles"):
        searches.of_dag("job_tracker")
    with pytest.raises(BadSearches, match=r"DAG job_tracker_gary: its file is missing"):
        searches.of_dag("job_tracker_gary")


def test_every_problem_of_every_bad_file_is_told_and_the_good_ones_stay(folder: Path) -> None:
    save(folder, "denver", DENVER)
    save(folder, "one", "radius_miles = 0\nminimum_pay = -1")
    save(folder, "two", 'keyword = ""')
    searches = read_saved_searches(folder)
    assert [search.name for search in searches.good] == ["default", "denver"]
    with pytest.raises(BadSearches) as raised:
        searches.check()
    lines = str(raised.value).splitlines()[1:]
    assert [line.partition(":")[0].partition("/")[2] for line in lines] == [
        "one.toml, line 1",
        "one.toml, line 2",
        "two.toml, line 1",
    ]


def test_a_bad_default_file_leaves_no_default_search(folder: Path) -> None:
    save(folder, "default", "radius_miles = 0")
    save(folder, "denver", DENVER)
    assert [search.name for search in read_saved_searches(folder).good] == ["denver"]


@pytest.mark.parametrize("files", [{}, {"default": ""}, {"default": "radius_miles = 0"}])
@pytest.mark.parametrize("other", ["Default", "denver"])
def test_the_default_search_can_be_read_by_itself(
    folder: Path, files: dict[str, str], other: str
) -> None:
    for name, text in {**files, other: DENVER}.items():
        save(folder, name, text)
    good = {search.name: search for search in read_saved_searches(folder).good}
    assert read_default_search(folder) == good.get("default")


def test_good_files_raise_nothing(folder: Path) -> None:
    save(folder, "denver", DENVER)
    read_saved_searches(folder).check()


def test_the_projects_own_files_are_good() -> None:
    searches = read_saved_searches()
    searches.check()
    default = searches.good[0]
    # Whoever has an earlier file, or none, keeps its times: only the file names others.
    times = {"schedule": "@daily", "timezone": "UTC"}
    assert default.entry.model_copy(update=times) == Entry()


def test_the_default_search_runs_in_the_morning_of_its_place() -> None:
    schedule = read_saved_searches().good[0].schedule
    for noon, zone in (("2026-07-01T12:00", "-05:00"), ("2026-12-01T12:00", "-06:00")):
        due = schedule.last_before(datetime.fromisoformat(f"{noon}:00{zone}"))
        assert due == datetime.fromisoformat(f"{noon[:10]}T06:00:00{zone}")


def test_the_folder_that_is_read_unless_another_is_named_is_that_of_the_dags() -> None:
    assert FOLDER == PROJECT / "dags" / "searches"
    assert [search.name for search in read_saved_searches().good][:1] == ["default"]
