"""Convictions by offence: prosecutions' outcomes that stand, each counted once."""

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg

from repository.queries.current import current_events
from repository.queries.snapshot import snapshot

CONVICTED = "convicted"


def tabulate(outcomes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row an offence: convictions, and the months of imprisonment given in all."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for one in outcomes:
        if one["result"] == CONVICTED:
            offence = (one["offence"], one["statute"])
            row = rows.setdefault(
                offence,
                {
                    "offence": one["offence"],
                    "statute": one["statute"],
                    "convictions": 0,
                    "sentence_months": 0,
                },
            )
            row["convictions"] += 1
            row["sentence_months"] += one["sentence_months"] or 0
    return sorted(rows.values(), key=lambda row: (-row["convictions"], row["offence"]))


def convictions(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Return the table as of the log's last position; a restatement is not a second conviction."""
    with snapshot(connection):
        return tabulate(
            one.event for one in current_events(connection, "outcome") if not one.restates
        )
