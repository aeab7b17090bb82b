"""`intelbus publish FILE` against a real broker: all sound rows once, the others put aside."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer
from kafka import TopicPartition
from typer.testing import CliRunner

from intelbus import kafka
from intelbus.codec import decode_event
from intelbus.contract import Kind
from intelbus.errors import IntelbusError
from intelbus.kafka import make_consumer
from intelbus.kafka_topics import create_topics, end_offsets
from intelbus.keys import SigningKey
from intelbus.settings import Settings, load_settings
from intelbus.topics import Topics
from intelbus.trust_files import SIGNING_KEY_FILE
from producers.commands import publish
from producers.mappings.template import headings_of, mapping_toml
from tests.support.filled import filled_row


@pytest.fixture
def agency(
    tmp_path: Path, kafka_bootstrap: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """An agency with a key and an empty outbox, and topics of its own."""
    home = tmp_path / "agency"
    home.mkdir(mode=0o700)
    SigningKey.generate().save(home / SIGNING_KEY_FILE)
    for name, value in (
        ("INTELBUS_AGENCY", "gla"),
        ("INTELBUS_HOME", str(home)),
        ("INTELBUS_KAFKA_BOOTSTRAP", kafka_bootstrap),
        ("INTELBUS_TOPIC_PREFIX", topic_prefix),
    ):
        monkeypatch.setenv(name, value)
    settings = load_settings()
    topics = Topics(topic_prefix)
    wanted: dict[str, dict[str, str]] = {
        name: {} for name in (*topics.events, topics.heartbeats, topics.trust)
    }
    create_topics(settings, wanted, partitions=2, replication=1)
    yield settings
    structlog.reset_defaults()  # the command's log goes to a stream that ends with the test


def run(file: Path) -> tuple[int, dict[str, Any]]:
    app = typer.Typer(pretty_exceptions_enable=False)
    publish.register(app)
    result = CliRunner().invoke(app, [str(file), "--json"], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)["files"][0]


def counts(found: dict[str, Any]) -> list[int]:
    return [found[name] for name in ("read", "queued", "unchanged", "correction", "rejected")]


def write_rows(file: Path, kind: Kind, rows: list[dict[str, str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [one.name for one in headings_of(kind, 2)])
        writer.writeheader()
        writer.writerows(rows)
    file.with_name(f"{file.stem}.mapping.toml").write_text(mapping_toml(kind, 2), "utf-8")
    return file


def published(settings: Settings, topic: str) -> list[dict[str, Any]]:
    """Return every event on a topic, read to its end."""
    ends = end_offsets(settings, [topic])
    waiting = sum(last - first for first, last in ends.values())
    consumer = make_consumer(settings)
    found: list[dict[str, Any]] = []
    try:
        places = [TopicPartition(*place) for place in ends]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        while len(found) < waiting:
            for batch in consumer.poll(timeout_ms=1000).values():
                found += [decode_event(record.value).event for record in batch]
    finally:
        consumer.close()
    return found


def test_file_is_published_once_and_mended_rejects_later(agency: Settings, tmp_path: Path) -> None:
    kind = Kind.INTELLIGENCE
    rows = [filled_row(kind, source_reference=f"GLA-{number:05}") for number in range(300)]
    rows[7]["marking"] = "hush"
    rows[8]["source_reference"] = ""
    file = write_rows(tmp_path / "week23.csv", kind, rows)

    status, found = run(file)
    assert (status, counts(found)) == (1, [300, 298, 0, 0, 2])
    status, found = run(file)
    assert (status, counts(found)) == (1, [300, 0, 298, 0, 2])

    aside = Path(found["rejects_file"])
    with aside.open(encoding="utf-8-sig", newline="") as opened:
        rejected = list(csv.DictReader(opened))
    rejected[0]["marking"] = "restricted"
    rejected[1]["source_reference"] = "GLA-00008"
    with aside.open("w", encoding="utf-8-sig", newline="") as mended:
        writer = csv.DictWriter(mended, list(rejected[0]))
        writer.writeheader()
        writer.writerows(rejected)
    status, found = run(aside)
    assert (status, counts(found)) == (0, [2, 2, 0, 0, 0])

    events = published(agency, Topics(agency.topic_prefix).for_kind(kind))
    references = sorted(event["header"]["source_reference"] for event in events)
    assert references == [f"GLA-{number:05}" for number in range(300)]


def test_a_changed_row_is_a_correction_of_the_first(agency: Settings, tmp_path: Path) -> None:
    kind = Kind.WATCH
    file = write_rows(tmp_path / "w.csv", kind, [filled_row(kind, source_reference="W1")])
    assert counts(run(file)[1]) == [1, 1, 0, 0, 0]
    changed = filled_row(kind, source_reference="W1", text="seen again")
    assert counts(run(write_rows(file, kind, [changed]))[1]) == [1, 0, 0, 1, 0]
    first, second = sorted(
        published(agency, Topics(agency.topic_prefix).for_kind(kind)),
        key=lambda event: event["header"]["sequence"],
    )
    assert second["header"]["corrects"] == first["header"]["event_id"]


def test_rejects_are_named_also_when_the_broker_is_away(
    agency: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Kind.WATCH
    rows = [filled_row(kind, source_reference="W1"), filled_row(kind, source_reference="")]
    file = write_rows(tmp_path / "w.csv", kind, rows)
    app = typer.Typer(pretty_exceptions_enable=False)
    publish.register(app)
    with monkeypatch.context() as away:
        away.setattr(publish, "FLUSH_TIMEOUT", 0.0)
        away.setattr(kafka, "BOOTSTRAP_MS", 500)
        away.setenv("INTELBUS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
        result = CliRunner().invoke(app, [str(file), "--json"])
    assert isinstance(result.exception, IntelbusError)
    assert counts(json.loads(result.stdout)["files"][0]) == [2, 1, 0, 0, 1]
    assert counts(run(file)[1]) == [2, 0, 1, 0, 1]
    (event,) = published(agency, Topics(agency.topic_prefix).for_kind(kind))
    assert event["header"]["source_reference"] == "W1"
