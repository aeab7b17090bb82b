"""Agency to agency: two that hold the same learn it from UKHTC, and that it no longer stands."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumers.authority.office import Office
from consumers.authority.sending import send_registry
from consumers.commands.topics import STREAM_SETTINGS, TRUST_SETTINGS
from intelbus import Publisher
from intelbus.enrolment import make_request
from intelbus.kafka_topics import create_topics
from intelbus.settings import Settings, load_settings
from intelbus.topics import Topics
from intelbus.trust_files import pin_authority
from producers.cli import assemble
from tests.support.agencies import agency_folder, settings_of
from tests.support.events import sample_source
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
AGENCIES = {"gla": "enforcement", "met": "police"}
VAN = [
    {
        "local_id": "van",
        "role": "means_of_transport",
        "details": {"vehicle": {"registration": "KX56 ABZ"}},
    }
]


@pytest.fixture
def centre(
    kafka_bootstrap: str, database_url: str, topic_prefix: str, tmp_path: Path
) -> Iterator[Settings]:
    """The whole centre, running as `ukhtc run`, with two agencies enrolled."""
    now = datetime.now(UTC)
    home = tmp_path / "ukhtc"
    office = Office.found(home, now=now)
    for agency, kind in AGENCIES.items():
        key = agency_folder(tmp_path / agency)
        request = make_request(agency, key, contact=f"duty@{agency}.example", now=now)
        office.enrol(request, name=agency.upper(), agency_type=kind, kinds=("all",), now=now)
        pin_authority(tmp_path / agency, home / "authority.pub")
    settings = load_settings(
        kafka_bootstrap=kafka_bootstrap,
        database_url=database_url,
        topic_prefix=topic_prefix,
        centre_home=home,
    )
    topics = Topics(topic_prefix)
    ours = [name(agency) for agency in AGENCIES for name in (topics.receipts, topics.notices)]
    wanted = dict.fromkeys((*topics.events, topics.heartbeats, *ours), STREAM_SETTINGS)
    create_topics(settings, {**wanted, topics.trust: TRUST_SETTINGS}, partitions=1, replication=1)
    _, signed = office.publish(now=now)
    send_registry(settings, signed)
    process = subprocess.Popen(
        [sys.executable, "-c", "from consumers.cli import main; main()", "run"],
        cwd=ROOT,
        env={
            **os.environ,
            "INTELBUS_KAFKA_BOOTSTRAP": kafka_bootstrap,
            "INTELBUS_DATABASE_URL": database_url,
            "INTELBUS_TOPIC_PREFIX": topic_prefix,
            "INTELBUS_CENTRE_HOME": str(home),
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        yield settings
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def publish(settings: Settings, *sources: dict[str, Any]) -> None:
    with Publisher(settings) as publisher:
        for source in sources:
            publisher.publish(source["kind"], source)
        publisher.flush(30)


def notices(settings: Settings) -> list[dict[str, Any]]:
    """What `intelbus notices --json` shows to the agency."""
    result = CliRunner().invoke(
        assemble(),
        ["notices", "--json"],
        env={
            "INTELBUS_AGENCY": settings.require_agency(),
            "INTELBUS_HOME": str(settings.home),
            "INTELBUS_TOPIC_PREFIX": settings.topic_prefix,
            "INTELBUS_KAFKA_BOOTSTRAP": str(settings.kafka_bootstrap),
        },
    )
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def test_two_that_hold_the_same_learn_of_each_other_and_when_it_ends(
    centre: Settings, tmp_path: Path
) -> None:
    gla, met = (
        settings_of(
            tmp_path / agency,
            kafka=str(centre.kafka_bootstrap),
            prefix=centre.topic_prefix,
            agency=agency,
        )
        for agency in AGENCIES
    )
    report = {"subjects": VAN, "relations": [], "provenance": []}
    seen = "A grey van stood outside the packing shed at Rothwell for an hour before dawn."
    heard = "The foreman said that wages are paid by a man who collects them in a van at night."
    for agency, text in ((gla, seen), (met, heard)):
        reference = f"{agency.require_agency().upper()}/1"
        source = sample_source("intelligence", source_reference=reference, text=text, **report)
        publish(agency, source)
    given = wait_until(lambda: notices(met), timeout=90, what="met has a notice")
    assert [one["contact"] for one in given] == ["duty@gla.example"]
    assert [one["state"] for one in given] == ["stands"]
    assert [(h["source_reference"], h["local_id"]) for h in given[0]["holdings"]] == [
        ("MET/1", "van")
    ]
    assert "KX56" not in json.dumps(given)
    mine = wait_until(lambda: notices(gla), timeout=60, what="gla has a notice")
    assert [one["contact"] for one in mine] == ["duty@met.example"]
    # A watch tells of what is stored already; the report is taken back: both are told.
    watch = {"expires_on": "2199-12-31", "subjects": VAN, "relations": []}
    publish(met, sample_source("watch", source_reference="MET/W/1", **watch))
    wait_until(lambda: len(notices(met)) == 2, timeout=60, what="the watch is answered")
    assert [one["watch_reference"] for one in notices(met)] == [None, "W/1"]
    taken_back = {
        "kind": "retraction",
        "source_reference": "GLA/2",
        "marking": "restricted",
        "handling": "1",
        "target_event_id": mine[0]["holdings"][0]["event_id"],
        "target_kind": "intelligence",
        "reason": "error",
    }
    publish(gla, taken_back)
    wait_until(
        lambda: [one["state"] for one in notices(met)] == ["withdrawn", "withdrawn"],
        timeout=60,
        what="met hears that neither stands",
    )
    ended = wait_until(
        lambda: [one for one in notices(gla) if one["state"] == "withdrawn"],
        timeout=60,
        what="gla hears it too",
    )
    assert [one["notice_id"] for one in ended] == [mine[0]["notice_id"]]
