"""Splink on DuckDB over a real store, beside the linker."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.source_form import from_source
from producers.generator import stream
from repository.batch_linking import JOINED, BatchError, compare_with_splink, splink_pairs
from repository.linking.stage import link_all
from repository.sequencer import sequence_once
from tests.support.store import store_made

EVENTS = 250


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for number, told in enumerate(stream.events(11, EVENTS), start=1):
            if told.nature != "first":
                continue
            event = from_source(told.source["kind"], told.source)
            event["header"] |= {
                "event_id": UUID(int=number),
                "originator": told.agency,
                "stream": UUID(int=1),
                "sequence": number,
            }
            store_made(connection, told.source["kind"], event)
        while sequence_once(connection):
            pass
        link_all(connection)
        yield connection


def test_every_pair_of_splink_is_agreed_or_shown_as_a_join(
    connection: psycopg.Connection[Any],
) -> None:
    report = compare_with_splink(connection)
    persons = connection.execute("SELECT count(*) FROM record WHERE kind = 'person'").fetchone()
    assert persons == (report["records"],)
    assert report["splink_pairs"] > 100
    joins = [one for one in report["disagreements"] if one["splink"] == "joins"]
    # One line a pair of entities, however many pairs of records Splink joins between them.
    assert 0 < len(joins) <= report["splink_pairs"] - report["agreed_pairs"]
    assert all(one["probability"] >= JOINED for one in joins)
    assert report["agreed_pairs"] > len(joins)


def test_an_entity_torn_apart_is_shown_first_and_nothing_is_changed(
    connection: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = connection.execute(
        "SELECT entity_position, entity_ordinal, max((position, ordinal)) FROM record"
        " WHERE kind = 'person' GROUP BY 1, 2 HAVING count(*) > 4 ORDER BY 1, 2 LIMIT 1"
    ).fetchone()
    assert torn
    position, ordinal = (int(part) for part in torn[2])
    connection.execute(
        "UPDATE record SET entity_position = position, entity_ordinal = ordinal"
        " WHERE (position, ordinal) = (%s, %s)",
        (position, ordinal),
    )
    before = connection.execute("SELECT * FROM record ORDER BY 1, 2").fetchall()
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    done = CliRunner().invoke(assemble(), ["linking", "batch", "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    wanted = [f"E{torn[0]}-{torn[1]}", f"E{position}-{ordinal}"]
    joins = [one for one in report["disagreements"] if one["splink"] == "joins"]
    assert wanted in [one["entities"] for one in joins]
    assert joins == report["disagreements"][: len(joins)]
    assert before == connection.execute("SELECT * FROM record ORDER BY 1, 2").fetchall()


def test_too_few_records_are_refused_with_a_reason() -> None:
    with pytest.raises(BatchError, match="too few"):
        splink_pairs([])
