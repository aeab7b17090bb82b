"""`ukhtc linking adopt | batch | replay`: check and change what is linked in the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repository.commands.reading import AsJson, print_json, row, table

if TYPE_CHECKING:
    from repository.replayed_linking import Replayed


def add_to(linking: typer.Typer) -> None:
    """Add the commands to those about linking."""
    linking.command("adopt")(adopt)
    linking.command("batch")(batch)
    linking.command("replay")(replay)


def adopt(
    file: Annotated[
        Path | None, typer.Argument(help="A file of weights; the shipped ones if none.")
    ] = None,
) -> None:
    """Let the linker go by these weights, from the next `ukhtc linking replay`.

    They are kept in the database, with who adopted them and when: every linker goes by the same,
    and whoever asks why two records are one is told by the weights that joined them.
    """
    from getpass import getuser

    from intelbus.cli import messages
    from repository.commands.reading import opened
    from repository.linking.in_force import adopt as keep
    from repository.linking.stage import STAGE
    from repository.linking.weights import read_file
    from repository.stages import lock_stage

    document = read_file(file)
    with opened() as connection, connection.transaction():
        lock_stage(connection, STAGE)
        at_once = keep(connection, document, by=getuser())
    then = "in force" if at_once else "in force after `ukhtc linking replay`"
    messages.print(f"{file or 'shipped weights'}: adopted, {then}", markup=False)


def batch(
    limit: Annotated[int, typer.Option(min=1, help="Disagreements to show.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Run Splink over all persons in the store; show where it differs from the linker.

    For the centre's operators, who hold the database. Nothing is changed: records and entities are
    named by number, to be read and judged by whoever may.
    """
    from intelbus.cli import console
    from intelbus.errors import ConfigurationError
    from repository.commands.reading import opened

    try:
        from repository.batch_linking import compare_with_splink

        with opened() as connection:
            report = compare_with_splink(connection)
    except ImportError as error:
        raise ConfigurationError(
            "Splink is not installed", hint="pip install 'intelbus[batch]'"
        ) from error
    if as_json:
        print_json(report)
        return
    made = table(
        f"{report['records']} records, {report['entities']} entities; Splink joins"
        f" {report['splink_pairs']} pairs, {report['agreed_pairs']} of them as the linker does",
        "Splink", "entities", "records", "probability",
    )  # fmt: skip
    for one in report["disagreements"][:limit]:
        records = " | ".join(", ".join(group) for group in one["records"])
        row(made, one["splink"], ", ".join(one["entities"]), records, one["probability"])
    console.print(made)
    left = len(report["disagreements"]) - limit
    if left > 0:
        console.print(f"and {left} more: --limit or --json")


def replay(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how the result would differ.")
    ] = False,
    weights: Annotated[
        Path | None, typer.Option(help="Link by these; adopted if put in place.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Differences to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Rebuild all links from nothing, say how the result differs, and put it in place.

    For the centre's operators. It goes on beside what is there, which readers and the linker use
    meanwhile; what people decided stays in force. It goes by the weights that were adopted last,
    or by --weights: with --dry-run, what they would change is seen before they count.
    """
    from intelbus.cli import console
    from repository.access.session import operator
    from repository.commands.reading import opened
    from repository.linking.weights import read_file
    from repository.replayed_linking import replay as run

    document = read_file(weights) if weights else None
    with opened() as connection:
        found = run(
            connection, apply=not dry_run, who=operator("replay of the linker"), weights=document
        )
    report = _replayed(found)
    if as_json:
        print_json(report)
        return
    made = table("put in place" if found.in_place else "nothing is put in place", "", "")
    for name, value in report.items():
        if not isinstance(value, list):
            row(made, name.replace("_", " "), value)
    console.print(made)
    if not report["changes"]:
        return
    made = table("what changed, the largest first", "", "kind", "records", "before", "after")
    for one in report["changes"][:limit]:
        sides = (", ".join(one[side]) for side in ("before", "after"))
        row(made, one["change"], one["kind"], one["records"], *sides)
    console.print(made)
    left = len(report["changes"]) - limit
    if left > 0:
        console.print(f"and {left} more: --limit or --json")


def _replayed(found: "Replayed") -> dict[str, Any]:
    """Return what a replay found, as it is printed."""
    from repository.linking.closure import entity_name

    differences = found.differences
    return {
        "in_place": found.in_place,
        "events": found.events,
        "records": found.records,
        "entities_before": found.entities_before,
        "entities_after": found.entities_after,
        "unchanged": differences.unchanged,
        **{what: differences.count(what) for what in ("joined", "split", "regrouped")},
        "pairs_joined": differences.pairs_joined,
        "pairs_parted": differences.pairs_parted,
        "records_gone": differences.records_gone,
        "records_new": differences.records_new,
        "words_of_people": found.words,
        "words_not_kept": len(found.words_broken),
        "changes": [
            {
                "change": one.what,
                "kind": found.kinds.get(one.after[0], ""),
                "records": one.records,
                "before": [entity_name(entity) for entity in one.before],
                "after": [entity_name(entity) for entity in one.after],
            }
            for one in differences.changes
        ],
    }
