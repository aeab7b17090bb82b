"""`ukhtc accounts`: what the centre can answer for."""

import typer

from repository.commands.reading import AsJson, opened, print_json, row, table

OUT_OF_BALANCE = 1


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command()(accounts)


def accounts(as_json: AsJson = False) -> None:
    """Account for every message read; ends with 1 when something is out of balance."""
    from intelbus.cli import console, messages
    from intelbus.errors import ConfigurationError, UnavailableError
    from intelbus.kafka_topics import end_offsets
    from intelbus.settings import load_settings
    from intelbus.topics import Topics
    from repository.access.administration import administered
    from repository.queries.accounts import accounts as account
    from repository.queries.accounts import with_kafka

    settings = load_settings()
    asked = {"accounts": True}
    with opened() as connection, administered(connection, "statistic", asked, "accounts"):
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
