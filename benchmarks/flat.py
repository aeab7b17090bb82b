"""The same events as other tools are given them: one flat record each, schema kept elsewhere.

The fields are the columns of our `event` table that an event or its message decides, so that every
system stores the same facts. Bytes travel as base64, as Connect's JsonConverter reads them.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from benchmarks.corpus import Sealed
from intelbus.codec import content_digest_of, unframe
from intelbus.message import headers_to_bytes, rfc3339

# One row a column: its name, Connect's type, PostgreSQL's type.
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("agency", "string", "text"),
    ("event_id", "string", "text"),
    ("kind", "string", "text"),
    ("stream", "string", "text"),
    ("sequence", "int64", "bigint"),
    ("schema_id", "int32", "integer"),
    ("digest", "bytes", "bytea"),
    ("content_digest", "bytes", "bytea"),
    ("corrects", "string", "text"),
    ("source_reference", "string", "text"),
    ("reported_at", "string", "text"),
    ("occurred_from", "string", "text"),
    ("occurred_to", "string", "text"),
    ("urgency", "string", "text"),
    ("marking", "string", "text"),
    ("grading_scheme", "string", "text"),
    ("source_grade", "string", "text"),
    ("information_grade", "string", "text"),
    ("handling", "string", "text"),
    ("key", "bytes", "bytea"),
    ("value", "bytes", "bytea"),
    ("headers", "bytes", "bytea"),
)
NULLABLE = {"corrects", "occurred_from", "occurred_to", "source_grade", "information_grade"}
PRIMARY_KEY = ("agency", "event_id")


def flat_value(sealed: Sealed) -> bytes:
    """Return the event as one JSON object of `COLUMNS`."""
    header, message = sealed.event["header"], sealed.message
    occurred: Mapping[str, Any] = header["occurred"] or {"earliest": None, "latest": None}
    row = {
        "agency": sealed.agency,
        "event_id": str(header["event_id"]),
        "kind": sealed.kind.value,
        "stream": str(header["stream"]),
        "sequence": header["sequence"],
        "schema_id": unframe(message.value)[0],
        "digest": _bytes(sha256(message.value).digest()),
        "content_digest": _bytes(content_digest_of(message.value)),
        "corrects": None if header["corrects"] is None else str(header["corrects"]),
        "source_reference": header["source_reference"],
        "reported_at": rfc3339(header["reported_at"]),
        "occurred_from": _time(occurred["earliest"]),
        "occurred_to": _time(occurred["latest"]),
        **{
            name: header[name]
            for name in (
                *("urgency", "marking", "grading_scheme", "source_grade", "information_grade"),
                "handling",
            )
        },
        "key": _bytes(message.key),
        "value": _bytes(message.value),
        "headers": _bytes(headers_to_bytes(message.headers)),
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def connect_schema() -> str:
    """Return the schema for JsonConverter's `schema.content` (KIP-1054)."""
    return json.dumps(
        {
            "type": "struct",
            "name": "intelbus.flat",
            "optional": False,
            "fields": [
                {"field": name, "type": kind, "optional": name in NULLABLE}
                for name, kind, _ in COLUMNS
            ],
        }
    )


def _bytes(value: bytes) -> str:
    return b64encode(value).decode()


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
