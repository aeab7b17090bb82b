"""`ukhtc review` and `ukhtc entity split | history`: what people decide about records."""

from typing import TYPE_CHECKING, Annotated

import typer

from intelbus.errors import ContentError
from repository.commands.reading import AsJson, officer, opened, print_json, row, table

if TYPE_CHECKING:
    from repository.linking.closure import RecordId
    from repository.review.decisions import Decided

Because = Annotated[str, typer.Option("--because", help="Why.")]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line; `entity` is there already and gets two more."""
    review = typer.Typer(no_args_is_help=True, help="What waits for a person's judgement.")
    review.command("list")(list_waiting)
    review.command()(decide)
    review.command()(undo)
    app.add_typer(review, name="review")
    entity = next(one.typer_instance for one in app.registered_groups if one.name == "entity")
    if entity is None:
        raise LookupError("register the reading commands first: `entity` is theirs")
    entity.command("split")(split)
    entity.command("history")(history)


def list_waiting(
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20, as_json: AsJson = False
) -> None:
    """List pairs of records that wait for a person, the most valuable first."""
    from intelbus.cli import console
    from repository.review.pairs import waiting

    who = officer()
    with opened() as connection:
        found = waiting(connection, who, limit=limit)
    if as_json:
        print_json(found)
        return
    made = table(f"{len(found)} pairs wait", "pair", "kind", "one", "other", "chance", "value", "")
    for one in found:
        sides = [f"{r['agency']} {r['role']}: {r['label']}" for r in one["records"]]
        notes = ["only a person may say"] if one["needs_person"] else []
        notes += ["joined so far"] if one["joined"] else []
        notes += [f"unsure: {one['unsure']}"] if one["unsure"] else []
        row(made, one["pair"], one["kind"], *sides, f"{one['probability']:.3f}",
            f"{one['value']:g}", "; ".join(notes))  # fmt: skip
    console.print(made)


def decide(
    pair: Annotated[str, typer.Argument(help="Two records, for example R12-0:R40-1.")],
    because: Because,
    same: Annotated[
        bool | None, typer.Option("--same/--not-same", help="They are, or are not, one.")
    ] = None,
    unsure: Annotated[bool, typer.Option("--unsure", help="It cannot be said.")] = False,
) -> None:
    """Say whether two records are the same thing; it is in force at once."""
    from repository.review import decisions
    from repository.review.decisions import Verdict

    if (same is None) is not unsure:
        raise ContentError("say one of --same, --not-same, --unsure")
    verdict = Verdict.UNSURE if unsure else Verdict.SAME if same else Verdict.NOT_SAME
    one, other = (_record(name) for name in _halves(pair))
    who = officer()
    with opened() as connection:
        done = decisions.decide(connection, one, other, verdict, who=who, because=because)  # fmt: skip # noqa: E501
    _say(done)


def undo(
    decision: Annotated[int, typer.Argument(help="Number of the decision.")],
    because: Because,
) -> None:
    """Take a decision back; the evidence decides again."""
    from repository.review import decisions

    who = officer()
    with opened() as connection:
        done = decisions.undo(connection, decision, who=who, because=because)
    _say(done)


def split(
    entity: Annotated[str, typer.Argument(help="An entity's id, for example E120-3.")],
    records: Annotated[list[str], typer.Argument(help="The records that leave it: R140-0 …")],
    because: Because,
) -> None:
    """Take records out of an entity, for good: new evidence does not bring them back."""
    from repository.review import decisions

    leaving = [_record(name) for name in records]
    who = officer()
    with opened() as connection:
        done = decisions.split(connection, _record(entity), leaving, who=who, because=because)  # fmt: skip # noqa: E501
    _say(done)


def history(
    entity: Annotated[str, typer.Argument(help="An entity's id, for example E120-3.")],
    as_json: AsJson = False,
) -> None:
    """Show what brought an entity's records, and what people have decided about them."""
    from intelbus.cli import console
    from repository.review.history import entity_history

    who = officer()
    with opened() as connection:
        found = entity_history(connection, who, _record(entity))
    if as_json:
        print_json(found)
        return
    made = table(found["entity"], "when", "what", "of", "by", "because")
    for one in found["steps"]:
        if "decision" in one:
            undone = f", undone by {one['undone_by']}" if one["undone_by"] else ""
            said = one["verdict"] or f"of {one['undoes']}"
            what = f"{one['what']} {one['decision']}: {said}{undone}"
            pairs = ", ".join(one["pairs"][:5]) + (" …" if len(one["pairs"]) > 5 else "")
            row(made, one["at"], what, pairs, one["by"], one["because"])
        else:
            row(made, one["at"], one["what"], one["record"], one["agency"], one["role"])
    console.print(made)


def _halves(pair: str) -> tuple[str, str]:
    one, colon, other = pair.partition(":")
    if not colon:
        raise ContentError(f"{pair!r} is no pair", hint="write it as R12-0:R40-1")
    return one, other


def _record(name: str) -> "RecordId":
    from repository.linking.closure import parse_entity

    found = parse_entity(name)
    if found is None:
        raise ContentError(f"{name!r} is no record's or entity's id", hint="for example R140-0")
    return found


def _say(done: "Decided") -> None:
    typer.echo(f"decision {done.decision}: {', '.join(done.entities)}")
