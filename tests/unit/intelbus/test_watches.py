"""Watches on a name alone, which nothing can match: whoever places one is told so."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from intelbus.source_form import from_source
from intelbus.watches import unmatched
from producers.commands import publish

NAMED: dict[str, Any] = {"person": {"names": [{"full": "Jonas Kazlauskas"}]}}
FIRM: dict[str, Any] = {"organisation": {"name": "Garwood Cleaning Ltd"}}


def watch(subject: dict[str, Any], step: str = "placed") -> dict[str, Any]:
    return {
        "source_reference": "W/1",
        "watch_reference": "W/1",
        "step": step,
        "marking": "restricted",
        "handling": "1",
        "subjects": [{"local_id": "s1", "role": "suspect", **subject}],
    }


def person(**said: Any) -> dict[str, Any]:
    return {"person": {**NAMED["person"], **said}}


PASSPORT = {"kind": "passport", "number": "ABC123456", "issuer": "LT"}


@pytest.mark.parametrize(
    "subject",
    [NAMED, FIRM, person(sex="male"), person(documents=[{**PASSPORT, "issuer": None}])],
)
def test_a_name_alone_is_told_of(subject: dict[str, Any]) -> None:
    (line,) = unmatched(from_source("watch", watch(subject)))
    assert line.startswith("subjects[0]: a name alone is never matched")
    assert not unmatched(from_source("watch", watch(subject, "lifted")))


@pytest.mark.parametrize(
    "subject",
    [
        person(date_of_birth={"year": 1980}),
        person(documents=[PASSPORT]),
        {"organisation": {**FIRM["organisation"], "registration_number": "01234567"}},
        {"vehicle": {"registration": "AB12 CDE"}},
    ],
)
def test_what_can_be_matched_is_not(subject: dict[str, Any]) -> None:
    assert not unmatched(from_source("watch", watch(subject)))


@pytest.mark.parametrize(
    ("subject", "told"), [(NAMED, True), (person(documents=[PASSPORT]), False)]
)
def test_publishing_one_says_so_and_publishes_it(
    tmp_path: Path, subject: dict[str, Any], told: bool
) -> None:
    path = tmp_path / "watches.jsonl"
    path.write_text(json.dumps({"kind": "watch", **watch(subject)}) + "\n", encoding="utf-8")
    app = typer.Typer()
    publish.register(app)
    done = CliRunner().invoke(app, [str(path), "--dry-run", "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["files"][0]["valid"] == 1
    assert ("watches.jsonl: W/1: subjects[0]: a name alone" in done.stderr) is told
