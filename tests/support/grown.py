"""A small store grown to a large one, row by row in SQL: for plans, which turn on size."""

from collections.abc import Mapping
from typing import Any

import psycopg

STEP = 10_000
"""How far apart the positions of one copy and the next are."""

_POSITION = "{} + n * 10000"
# Numbers of descriptions are hashes: turning some bits over gives free ones.
_DESCRIPTION = "{} # (n::bigint << 20)"
_EVENT_ID = "md5({}::text || n)::uuid"
# What of a copy's row is its own; everything else is as in the original. Its words are its own, so
# that a word is about as rare in a large store as in a small one.
TABLES: Mapping[str, Mapping[str, str]] = {
    "event": {"event_id": _EVENT_ID, "corrects": _EVENT_ID, "offset": _POSITION},
    "event_log": {"event_id": _EVENT_ID, "position": _POSITION},
    "amendment": {
        "amending_event_id": _EVENT_ID,
        "target_event_id": _EVENT_ID,
        "position": _POSITION,
    },
    "record": {
        "position": _POSITION,
        "entity_position": _POSITION,
        "description": _DESCRIPTION,
    },
    "description": {"number": _DESCRIPTION},
    "edge": {"a": _DESCRIPTION, "b": _DESCRIPTION},
    "posting": {"position": _POSITION, "term": "n || 'copy' || {}"},
    "wording": {"position": _POSITION},
    "judgement": {
        "a_position": _POSITION,
        "b_position": _POSITION,
        "a_description": _DESCRIPTION,
        "b_description": _DESCRIPTION,
    },
    "restatement": {"position": _POSITION, "first_position": _POSITION},
    "counted": {
        "position": _POSITION,
        "statement": _POSITION,
        "reported_on": "{} - n %% 3000",
        "occurred_on": "{} - n %% 3000",
    },
    "nrm_step": {
        "position": _POSITION,
        "case_position": _POSITION,
        "reference": "{} || n",
        "step_on": "{} - n %% 3000",
    },
    "nrm_case": {"case_position": _POSITION, "referred_on": "{} - n %% 3000"},
    "nrm_referrer": {"case_position": _POSITION, "position": _POSITION},
    "telling": {
        "event_id": _EVENT_ID,
        "root_event_id": _EVENT_ID,
        "position": _POSITION,
        "name": "{} || n",
    },
    "citation": {"position": _POSITION, "name": "{} || n"},
    "relay": {"position": _POSITION, "of_position": _POSITION},
    "stated_relation": {"position": _POSITION},
}


def grow(connection: psycopg.Connection[Any], copies: int) -> None:
    """Put `copies` copies of everything beside what is there, and gather statistics."""
    for table, own in TABLES.items():
        columns = [
            name
            for (name,) in connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped ORDER BY attnum",
                (table,),
            )
        ]
        quoted = [f'"{name}"' for name in columns]
        values = [own[name].format(f'"{name}"') if name in own else f'"{name}"' for name in columns]
        connection.execute(
            f"INSERT INTO {table} ({', '.join(quoted)}) SELECT {', '.join(values)}"
            f" FROM {table}, generate_series(1, %s) AS n",
            (copies,),
        )
    connection.execute("ANALYZE")
