from __future__ import annotations

import os
from pathlib import Path

import pytest

from include.jobs.text_files import UnreadableText, read_text

TEXT = "location = “Bayamón”\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_is_read_in_utf_8_and_in_what_its_byte_order_mark_names(
    tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "file"
    file.write_text(TEXT, encoding=encoding)
    assert read_text(file) == TEXT


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_with_line_feeds_whatever_system_wrote_them(tmp_path: Path, end: str) -> None:
    (tmp_path / "file").write_bytes(f"a{end}b{end}".encode())
    assert read_text(tmp_path / "file") == "a\nb\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a\nM\xfcller".encode("latin-1"), "its line 2 is not text in UTF-8: save it in UTF-8"),
        ("a".encode("utf-16-le"), "not text in UTF-8"),
        (b"\xff\xfea", "its line 1 is not text in UTF-16-LE"),
    ],
)
def test_what_is_in_another_encoding_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(UnreadableText, match=said):
        read_text(tmp_path / "file")


def test_what_is_no_file_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere")
    for name, said in (("pipe", "it is not a file"), ("link", "a link to a file that does not")):
        with pytest.raises(UnreadableText, match=said):
            read_text(tmp_path / name)
