"""Put the generator's events into the store, as publishing and ingest would."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg

from intelbus.source_form import from_source
from producers.generator.told import Told
from tests.support.events import STREAM
from tests.support.store import store_made


def store_told(connection: psycopg.Connection[Any], told: Iterable[Told]) -> int:
    """Store and queue the events; return how many. What is only sent again is left out."""
    ids: dict[tuple[str, str], UUID] = {}
    stored = 0
    with connection.transaction():
        for number, one in enumerate(told, start=1):
            if one.nature == "repeat":
                continue
            event = from_source(one.source["kind"], one.source)
            event_id = UUID(int=(0x0198F2C42000 << 80) | (0x7 << 76) | (0b10 << 62) | number)
            event["header"] |= {
                "event_id": event_id,
                "originator": one.agency,
                "stream": STREAM,
                "sequence": number,
            }
            if one.nature == "correction":
                event["header"]["corrects"] = ids[one.of or ("", "")]
            elif one.nature == "retraction":
                event["target_event_id"] = ids[one.of or ("", "")]
            else:
                ids[(one.agency, one.source["source_reference"])] = event_id
            store_made(connection, one.source["kind"], event)
            stored += 1
    return stored
