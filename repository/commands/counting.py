"""`ukhtc accounts` and `ukhtc statistics`: what the centre can answer for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from repository.commands.reading import AsJson, opened, print_json, row, table

OUT_OF_BALANCE = 1


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    app.command()(accounts)
    statistics = typer.Typer(no_args_is_help=True, help="Published tables.")
    statistics.command("nrm")(nrm)
    statistics.command("convictions")(convictions)
    statistics.callback()(_statistics)
    app.add_typer(statistics, name="statistics")


def _statistics() -> None:
    """Published tables."""


def accounts(as_json: AsJson = False) -> None:
    """Account for every message read; ends with 1 when something is out of balance."""
    from intelbus.cli import console, messages
    from intelbus.errors import ConfigurationError, UnavailableError
    from intelbus.kafka import end_offsets
    from intelbus.settings import load_settings
    from intelbus.topics import Topics
    from repository.queries.accounts import accounts as account
    from repository.queries.accounts import with_kafka

    settings = load_settings()
    with opened() as connection:
        found = account(connection)
    topics = {one["topic"] for one in found["partitions"]}
    try:
        settings.require_kafka()
        wanted = sorted(topics | set(Topics(settings.topic_prefix).events))
        found = with_kafka(found, end_offsets(settings, wanted))
    except (ConfigurationError, UnavailableError) as error:
        messages.print(f"not checked against Kafka: {error.message}", markup=False)
    if as_json:
        print_json(found)
    else:
        columns = ("read", "accepted", "duplicate", "quarantined", "noted", "lag", "balanced")
        made = table(f"by partition (Kafka: {found['kafka']})", "topic", "partition", *columns)
        for one in found["partitions"]:
            row(made, one["topic"], one["partition"], *(one[column] for column in columns))
        console.print(made)
        outcomes = ("accepted", "duplicate", "quarantined", "restatement")
        made = table("by agency", "agency", *outcomes)
        for agency, counts in found["agencies"].items():
            row(made, agency, *(counts[outcome] for outcome in outcomes))
        console.print(made)
        if found["quarantined"]:
            made = table("quarantined", "agency", "reason", "messages")
            for one in found["quarantined"]:
                row(made, one["agency"], one["reason"], one["messages"])
            console.print(made)
        made = table("log", *found["log"])
        row(made, *found["log"].values())
        console.print(made)
        console.print("in balance" if found["balanced"] else "OUT OF BALANCE")
    if not found["balanced"]:
        raise typer.Exit(OUT_OF_BALANCE)


def nrm(
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"])],
    as_json: AsJson = False,
) -> None:
    """Count the cases of the National Referral Mechanism referred in a period."""
    from intelbus.cli import console
    from repository.queries.nrm import nrm_table

    with opened() as connection:
        found = nrm_table(connection, since.date(), until.date(), types=agency_types(connection))
    if as_json:
        print_json(found)
        return
    period = found["period"]
    title = f"{found['referrals']} referrals, {period['from']} to {period['to']}"
    console.print(f"{title} (as at position {found['as_at_position']})")
    for name in ("first_responder", "reasonable_grounds", "days_to_conclusive_grounds"):
        made = table(name.replace("_", " "), "", "cases")
        for label, number in found[name].items():
            row(made, label, number)
        console.print(made)


def convictions(as_json: AsJson = False) -> None:
    """Count convictions by offence and statute, with the sentences given in all."""
    from intelbus.cli import console
    from repository.queries.convictions import convictions as count

    with opened() as connection:
        found = count(connection)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("no conviction has been reported yet")
        return
    made = table("convictions", "offence", "statute", "convictions", "years of imprisonment")
    for one in found:
        years = f"{one['sentence_months'] / 12:.1f}"
        row(made, one["offence"], one["statute"], one["convictions"], years)
    console.print(made)


def agency_types(connection: Any) -> Mapping[str, str]:
    """Return each enrolled agency's type; nothing when the centre's folder is not here."""
    from intelbus.settings import load_settings
    from intelbus.trust_files import NotPinnedError, pinned_authority
    from repository.registry import load

    try:
        authority = pinned_authority(load_settings().centre_home)
    except NotPinnedError:
        return {}
    registry = load(connection, authority, now=datetime.now(UTC))
    return {code: one.type for code, one in registry.agencies.items()} if registry else {}
