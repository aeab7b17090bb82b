"""The closing tables, and whether what they show is as it must be."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.demo import reading
from deploy.demo.hostile import Attack
from intelbus.reasons import REASONS
from intelbus.settings import Settings
from producers.generator.courts import CONVICTIONS
from producers.generator.nrm import published
from repository.database import Connection
from repository.notices.listing import totals
from repository.statistics.convictions import convictions

_OUTCOMES = ("accepted", "duplicate", "quarantined")
RUMOUR_AGENCIES = 4
"""Who first told it, and the three that the story lets repeat it."""
# What must become of the hostile messages, in the order they were sent.
EXPECTED_FATES = ({"unknown_key"}, {"duplicate"}, {"not_in_batch"}, {"kind_not_permitted"})


def show(
    console: Console, connection: Connection, settings: Settings, attacks: Sequence[Attack]
) -> list[str]:
    """Print every table; return what is wrong, nothing if all is as it must be."""
    wrong: list[str] = []
    _outcomes(console, reading.outcomes(connection))
    wrong += _accounts(console, reading.accounts(connection, settings))
    if not reading.in_balance(connection, settings):
        wrong.append("`ukhtc accounts` is out of balance")
    figures = published()
    since, until = (date.fromisoformat(figures["period"][end]) for end in ("from", "to"))
    counted = reading.referrals(connection, since, until)
    for title, row in (
        ("NRM referrals by first responder, April to December 2009", "first_responder"),
        ("Reasonable grounds", "reasonable_grounds"),
        ("Days from referral to conclusive grounds", "days_to_conclusive_grounds"),
    ):
        wrong += _compared(console, title, counted[row], figures[row])
    wrong += _first_quarter(console, connection, figures["first_quarter"])
    convicted = {one["offence"]: one["convictions"] for one in convictions(connection)}
    wrong += _compared(console, "Convictions until October 2009", convicted, CONVICTIONS)
    wrong += _entities(console, connection)
    wrong += _rumour(console, connection)
    wrong += _attacks(console, connection, attacks)
    wrong += _receipts(console, connection)
    wrong += _notices(console, connection)
    return wrong


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _outcomes(console: Console, found: Mapping[str, Mapping[str, int]]) -> None:
    table = _table("Events by agency and outcome", "agency", *_OUTCOMES)
    for agency, row in sorted(found.items()):
        table.add_row(agency, *(str(row.get(outcome, 0)) for outcome in _OUTCOMES))
    total = [str(sum(row.get(outcome, 0) for row in found.values())) for outcome in _OUTCOMES]
    table.add_section()
    table.add_row("all", *total)
    console.print(table)


def _accounts(console: Console, found: Mapping[str, Mapping[str, int]]) -> list[str]:
    table = _table("The accounts", "topic", "in Kafka", *_OUTCOMES, "difference")
    wrong = []
    for topic, row in sorted(found.items()):
        counts = [row.get(outcome, 0) for outcome in _OUTCOMES]
        difference = row["kafka"] - sum(counts)
        table.add_row(topic, str(row["kafka"]), *map(str, counts), str(difference))
        if difference:
            wrong.append(f"the accounts of {topic} are out of balance by {difference}")
    console.print(table)
    console.print("accounts in balance" if not wrong else "ACCOUNTS OUT OF BALANCE")
    return wrong


def _compared(
    console: Console,
    title: str,
    counted: Mapping[str, int],
    figures: Mapping[str, int],
    *,
    total: bool = True,
) -> list[str]:
    table = _table(title, "", "counted here", "published", "")
    rows = dict.fromkeys((*figures, *counted))
    wrong = []
    for row in rows:
        here, there = counted.get(row, 0), figures.get(row, 0)
        table.add_row(row, str(here), str(there), "equal" if here == there else "DIFFERENT")
        if here != there:
            wrong.append(f"{title}: {row} is {here}, published {there}")
    if total:
        table.add_section()
        table.add_row("all", str(sum(counted.values())), str(sum(figures.values())), "")
    console.print(table)
    return wrong


def _first_quarter(
    console: Console, connection: Connection, figures: Mapping[str, Any]
) -> list[str]:
    since, until = (date.fromisoformat(figures[end]) for end in ("from", "to"))
    counted = reading.referrals(connection, since, until)
    here = {
        "referrals": counted["referrals"],
        "children": counted["age"]["child"],
        "positive": counted["reasonable_grounds"]["positive"],
    }
    published = {name: int(figures[name]) for name in here}
    return _compared(console, "The first quarter, April to June 2009", here, published, total=False)


def _entities(console: Console, connection: Connection) -> list[str]:
    kinds = reading.shared_by_kind(connection)
    table = _table("Entities that more than one agency reported", "entity", "reports", "agencies")
    table.columns[2].justify = "left"
    for kind, label, victim, agencies, records in reading.shared_entities(connection):
        name = f"{kind}: {'(a victim; not shown)' if victim else label}"
        table.add_row(name, str(records), ", ".join(agencies))
    console.print(table)
    console.print("in all: " + ", ".join(f"{count} {kind}" for kind, count in kinds))
    return [] if kinds else ["no entity was reported by more than one agency"]


def _rumour(console: Console, connection: Connection) -> list[str]:
    told, independent = reading.rumour(connection)
    agencies = {row[1] for row in told}
    title = f"One rumour, told by {len(agencies)} agencies: independent origins {independent}"
    table = _table(title, "agency", "event", "reported", "")
    table.columns[3].justify = "left"
    for position, agency, reported_at, kinds in told:
        what = f"an echo: {', '.join(sorted(kinds))}" if kinds else "told it first"
        table.add_row(agency, str(position), f"{reported_at:%Y-%m-%d}", what)
    console.print(table)
    if len(agencies) < RUMOUR_AGENCIES:
        return [f"a rumour was told by {RUMOUR_AGENCIES} agencies, and found with {len(agencies)}"]
    return [] if independent == 1 else [f"one rumour counts as {independent} origins"]


def _attacks(console: Console, connection: Connection, attacks: Sequence[Attack]) -> list[str]:
    table = _table("What was refused, and why", "message", "became", "why", "attributed to")
    for column in table.columns:
        column.justify = "left"
    wrong = []
    for one, expected in zip(attacks, EXPECTED_FATES, strict=True):
        found = reading.fate(connection, one.topic, one.partition, one.offset)
        reason, detail, agency = found or ("ACCEPTED", "", "")
        meaning = REASONS[reason].meaning if reason in REASONS else detail
        table.add_row(one.title, reason, meaning, agency)
        if reason not in expected:
            wrong.append(f"{one.title}: became {reason}, expected {' or '.join(expected)}")
    console.print(table)
    return wrong


def _receipts(console: Console, connection: Connection) -> list[str]:
    table = _table("Receipts returned to agencies", "agency", "written", "sent")
    wrong = []
    for agency, made, sent in reading.receipts(connection):
        table.add_row(agency, str(made), str(sent))
        if made != sent:
            wrong.append(f"{made - sent} receipts of {agency} were not sent")
    console.print(table)
    return wrong


def _notices(console: Console, connection: Connection) -> list[str]:
    rows = [row for row in totals(connection) if any(row[1:])]
    table = _table(
        "Notices: another agency holds the same", "agency", "given", "an officer asked", "silent"
    )
    for agency, given, held, silenced, _ in rows:
        table.add_row(agency, str(given), str(held), str(silenced))
    console.print(table)
    return [] if any(row[1] for row in rows) else ["no agency was given a notice"]
