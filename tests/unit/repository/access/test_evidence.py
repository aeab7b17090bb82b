"""The audit's chain: whatever is done to it shows."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from intelbus.keys import SigningKey
from repository.access.evidence import START, Checkpoint, Row, faults, linked, signed

TAMPERINGS = int(os.environ.get("INTELBUS_TAMPERINGS", "400"))
NOW = datetime(2009, 10, 1, 12, tzinfo=UTC)
KEY, OTHER = SigningKey.from_seed(bytes(32)), SigningKey.from_seed(b"1" * 32)
ROWS = 60
Audit = tuple[list[Row], list[Checkpoint]]


def content(number: int) -> dict[str, Any]:
    return {
        "audit_no": number,
        "at": NOW + timedelta(seconds=number),
        "reader": f"reader {number % 5}",
        "organisation": "ukhtc",
        "os_user": "desk",
        "credential": "",
        "purpose": f"OP/{number % 7}",
        "operation": "search",
        "asked": {"query": f"person {number}", "limit": 20},
        "outcome": "answered",
        "ids": [str(number), f"E{number}-0"],
        "rights": "01" * 128,
    }


def audit(count: int = ROWS) -> Audit:
    rows: list[Row] = []
    checkpoints = []
    link = START
    for position in range(1, count + 1):
        one = content(position + 3)
        link = linked(link, position, one)
        rows.append(Row(position, one["audit_no"], link, one))
        if position % 20 == 0:
            checkpoints.append(signed(KEY, position, link, now=NOW))
    return rows, checkpoints


def broken(made: Audit) -> bool:
    return any(faults(*made, {KEY.public_key}))


def edit(made: Audit, random: Random) -> Audit:
    """One field of one row says something else."""
    rows, checkpoints = made
    at = random.randrange(len(rows))
    one = dict(rows[at].content or {})
    field = random.choice(list(one))
    changed: Callable[[Any], Any] = {
        str: lambda value: value + "x" if random.random() < 0.5 else "",
        int: lambda value: value + 1,
        list: lambda value: random.choice([value[:-1], [*value, "1"], value[::-1]]),
        dict: lambda value: {**value, "query": "nobody"},
        datetime: lambda value: value + timedelta(microseconds=1),
    }[type(one[field])]
    one[field] = changed(one[field]) if one[field] != "" else "x"
    return [*rows[:at], replace(rows[at], content=one), *rows[at + 1 :]], checkpoints


def delete_content(made: Audit, random: Random) -> Audit:
    rows, checkpoints = made
    at = random.randrange(len(rows))
    return [*rows[:at], replace(rows[at], content=None), *rows[at + 1 :]], checkpoints


def delete(made: Audit, random: Random) -> Audit:
    """Rows and their places in the chain are gone, here and there the later ones moved up."""
    rows, checkpoints = made
    at = random.randrange(len(rows))
    end = min(len(rows), at + random.randint(1, 4))
    rest = rows[end:]
    if random.random() < 0.5:
        rest = [replace(one, position=one.position - (end - at)) for one in rest]
    return [*rows[:at], *rest], checkpoints


def swap(made: Audit, random: Random) -> Audit:
    """Two rows change places, with their numbers or without."""
    rows, checkpoints = list(made[0]), made[1]
    a, b = random.sample(range(len(rows)), 2)
    if random.random() < 0.5:
        rows[a], rows[b] = (
            replace(rows[b], position=rows[a].position),
            replace(rows[a], position=rows[b].position),
        )
    else:
        rows[a], rows[b] = (
            replace(rows[a], content=rows[b].content, audit_no=rows[b].audit_no),
            replace(rows[b], content=rows[a].content, audit_no=rows[a].audit_no),
        )
    return rows, checkpoints


def insert(made: Audit, random: Random) -> Audit:
    """A row that nobody wrote is put in, well linked to what comes before it."""
    rows, checkpoints = list(made[0]), made[1]
    at = random.randrange(len(rows))
    before = rows[at - 1].link if at else START
    one = content(900 + at)
    position = at + 1
    rows[at:at] = [Row(position, one["audit_no"], linked(before, position, one), one)]
    return [replace(row, position=n) for n, row in enumerate(rows, start=1)], checkpoints


def rewrite(made: Audit, random: Random) -> Audit:
    """One row is changed and the whole chain made anew, but for what is signed."""
    rows, checkpoints = made
    at = random.randrange(len(rows) // 20 * 20)
    new: list[Row] = []
    link = START
    for row in rows:
        one = dict(row.content or {})
        if row.position == at + 1:
            one["purpose"] = "another"
        link = linked(link, row.position, one)
        new.append(replace(row, link=link, content=one))
    if random.random() < 0.5:  # and signed by another key
        checkpoints = [signed(OTHER, c.size, new[c.size - 1].link, now=NOW) for c in checkpoints]
    return new, checkpoints


def unsign(made: Audit, random: Random) -> Audit:
    rows, checkpoints = made
    at = random.randrange(len(checkpoints))
    one = checkpoints[at]
    wrong = random.choice(
        [
            replace(one, size=one.size + 1),
            replace(one, link=bytes(32)),
            replace(one, signed_at=one.signed_at + timedelta(seconds=1)),
            replace(one, signature=bytes(64)),
        ]
    )
    return rows, [*checkpoints[:at], wrong, *checkpoints[at + 1 :]]


WAYS = (edit, edit, edit, delete_content, delete, swap, insert, rewrite, unsign)


def test_an_audit_that_nobody_touched_is_whole() -> None:
    assert not broken(audit())
    assert not broken(([], []))


def test_every_tampering_shows() -> None:
    random = Random(2009)
    made = audit()
    undetected = []
    done = 0
    while done < TAMPERINGS:
        way = random.choice(WAYS)
        changed = way(made, random)
        if changed == made:  # nothing was tampered with
            continue
        done += 1
        if not broken(changed):
            undetected.append((done, way.__name__))
    assert undetected == []


def test_an_end_cut_off_with_what_was_signed_shows_by_a_checkpoint_kept_elsewhere() -> None:
    rows, checkpoints = audit()
    cut = (rows[:30], checkpoints[:1])
    assert not broken(cut)
    assert broken((cut[0], [*cut[1], checkpoints[-1]]))
