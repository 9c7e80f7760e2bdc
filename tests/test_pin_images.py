"""bin/pin-images: the digests of the images of others."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from include.local.settings import PROJECT

OTHERS = ("postgres", "mongo", "mongo-express", "valkey")
DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    for name in ("bin/pin-images", "bin/environment.sh", "docker-compose.yaml"):
        shutil.copy(PROJECT / name, tmp_path / name)
    return tmp_path


def pin(folder: Path, inspected: str) -> tuple[int, str]:
    """Run it with a command in Docker's place that notes what is pulled."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "docker").write_text(
        f"""#!/bin/sh
[ "$1" != pull ] || echo "$3" >>"{folder}/pulled"
[ "$1" != image ] || echo "{inspected}"
"""
    )
    (programs / "docker").chmod(0o755)
    done = subprocess.run(
        [folder / "bin" / "pin-images"],
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_images_of_others_get_their_digests_as_often_as_it_is_run(folder: Path) -> None:
    services = yaml.safe_load((folder / "docker-compose.yaml").read_text())["services"]
    for _ in range(2):
        status, output = pin(folder, f"registry.example.org/postgres@{DIGEST}")
        assert status == 0, output

    override = yaml.safe_load((folder / "docker-compose.override.yaml").read_text())
    images = {name: services[name]["image"] for name in OTHERS}
    assert override == {
        "services": {name: {"image": f"{image}@{DIGEST}"} for name, image in images.items()}
    }
    assert {*(folder / "pulled").read_text().split()} == {*images.values()}


def test_a_file_of_yours_stays(folder: Path) -> None:
    mine = folder / "docker-compose.override.yaml"
    mine.write_text("services: {}\n")
    status, output = pin(folder, f"postgres@{DIGEST}")
    assert (status, mine.read_text()) == (1, "services: {}\n")
    assert "is yours" in output


def test_an_image_without_a_digest_is_refused_by_name(folder: Path) -> None:
    status, output = pin(folder, "")
    assert status == 1
    assert "postgres:17 has no digest" in output
    assert not (folder / "docker-compose.override.yaml").exists()
