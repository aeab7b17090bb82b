"""`ukhtc topics`: make the topics, and show what Kafka has of them."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from intelbus.errors import ConfigurationError
from intelbus.settings import Settings, load_settings

app = typer.Typer(help="Make and show the topics.", no_args_is_help=True)

# `producer`: the broker leaves compressed batches as they are. Told to store them uncompressed, it
# inflates them whole in its memory, and 200 kB end it (docs/adr/0011).
STREAM_SETTINGS = {"message.timestamp.type": "LogAppendTime", "compression.type": "producer"}
TRUST_SETTINGS = {"single": "yes", "cleanup.policy": "compact", **STREAM_SETTINGS}


def register(parent: typer.Typer) -> None:
    """Add the commands to a command line."""
    parent.add_typer(app, name="topics")


@app.command()
def create(
    agency: Annotated[
        list[str] | None,
        typer.Option(help="An agency to make topics for; repeatable. [those in the registry]"),
    ] = None,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of an event topic.")] = 6,
    replication: Annotated[int, typer.Option(min=1, help="Copies of each partition.")] = 1,
) -> None:
    """Make every topic that does not exist yet; those that do are left as they are."""
    from intelbus.cli import console
    from intelbus.kafka_topics import create_topics
    from intelbus.topics import Topics

    settings = load_settings()
    topics = Topics(settings.topic_prefix)
    stream = dict(STREAM_SETTINGS)
    if replication > 2:
        stream["min.insync.replicas"] = "2"
    wanted = dict.fromkeys((*topics.events, topics.heartbeats), stream)
    for code in agency or _enrolled(settings):
        wanted[topics.receipts(code)] = {**stream, "single": "yes"}
        wanted[topics.notices(code)] = {**stream, "single": "yes"}
    wanted[topics.trust] = TRUST_SETTINGS
    made = create_topics(settings, wanted, partitions=partitions, replication=replication)
    for name in made:
        console.print(f"made {name}", highlight=False)
    console.print(f"{len(made)} made, {len(wanted) - len(made)} there already", highlight=False)


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Show the offsets that Kafka holds of each event topic."""
    from rich.table import Table

    from intelbus.cli import console
    from intelbus.kafka_topics import end_offsets
    from intelbus.topics import Topics

    settings = load_settings()
    topics = Topics(settings.topic_prefix)
    found = end_offsets(settings, (*topics.events, topics.heartbeats))
    if as_json:
        print(
            json.dumps(
                [
                    {"topic": topic, "partition": partition, "first": first, "next": end}
                    for (topic, partition), (first, end) in sorted(found.items())
                ]
            )
        )
        return
    table = Table("Topic", "Partition", "First", "Next")
    for (topic, partition), (first, end) in sorted(found.items()):
        table.add_row(topic, str(partition), str(first), str(end))
    console.print(table)


def _enrolled(settings: Settings) -> list[str]:
    """Return the agencies of the registry published here; none before the first."""
    from intelbus.trust_files import load_registry

    try:
        registry = load_registry(settings.centre_home, now=datetime.now(UTC), allow_expired=True)
    except ConfigurationError:  # no authority, or no registry published yet
        return []
    return sorted(registry.agencies)
