"""`ukhtc review` and `ukhtc entity split | history`: what people decide about records."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from repository.commands.paging import Page, asked_of, offset_of, say_next
from repository.commands.reading import AsJson, many, print_json, row, session, table

if TYPE_CHECKING:
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
        raise LookupError("register the entity commands first: `entity` is theirs")
    entity.command("split")(split)
    entity.command("history")(history)


def list_waiting(
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    page: Page = 1,
    as_json: AsJson = False,
) -> None:
    """List pairs of records that wait for a person, the most valuable first."""
    from intelbus.cli import console
    from repository.access.acting import acting
    from repository.review.pairs import waiting

    reading = session()
    at = asked_of(page, limit)
    asked = {"review": at.pop("limit"), **at}
    with acting(reading, "view", asked) as connection:
        offset = offset_of(page, limit)
        found, more = waiting(connection, reading.who, limit=limit, offset=offset)
    if as_json:
        print_json(found)
        say_next(page, more=more, as_json=True)
        return
    title = f"{many(len(found), 'pair')}{' of more that' if more else ''} wait"
    made = table(
        title, "pair", "kind", "one", "other", "chance", "value", "note",
        empty="pairs wait here that the linker leaves to a person (`ukhtc link`)",
    )  # fmt: skip
    for one in found:
        sides = [f"{r['agency']} {r['role']}: {r['label']}" for r in one["records"]]
        notes = ["only a person may say"] if one["needs_person"] else []
        notes += ["joined so far"] if one["joined"] else []
        notes += [f"unsure: {one['unsure']}"] if one["unsure"] else []
        row(made, one["pair"], one["kind"], *sides, f"{one['probability']:.3f}",
            f"{one['value']:g}", "; ".join(notes))  # fmt: skip
    console.print(made)
    say_next(page, more=more, as_json=False)


def decide(
    pair: Annotated[str, typer.Argument(help="Two records, for example R12-0:R40-1.")],
    because: Because,
    same: Annotated[bool, typer.Option("--same", help="They are one.")] = False,
    not_same: Annotated[bool, typer.Option("--not-same", help="They are not one.")] = False,
    unsure: Annotated[bool, typer.Option("--unsure", help="It cannot be said.")] = False,
) -> None:
    """Say whether two records are the same thing; it is in force at once."""
    from repository.access.acting import acting
    from repository.review import decisions
    from repository.review.decisions import Verdict
    from repository.review.records import pair_of

    # Of one flag with two sides the last would win, and a slip would decide.
    if [same, not_same, unsure].count(True) != 1:
        raise typer.BadParameter("say exactly one of --same, --not-same, --unsure")
    verdict = Verdict.SAME if same else Verdict.NOT_SAME if not_same else Verdict.UNSURE
    one, other = pair_of(pair)
    reading = session()
    asked = {"pair": pair, "verdict": verdict.name.lower(), "because": because}
    with acting(reading, "link", asked) as connection:
        done = decisions.decide(connection, one, other, verdict, who=reading.who, because=because)
    _say(done, verdict.words)


def undo(
    decision: Annotated[int, typer.Argument(help="Number of the decision.")],
    because: Because,
) -> None:
    """Take a decision back; the evidence decides again."""
    from repository.access.acting import acting
    from repository.review import decisions

    reading = session()
    with acting(reading, "split", {"undo": decision, "because": because}) as connection:
        done = decisions.undo(connection, decision, who=reading.who, because=because)
    _say(done)


def split(
    entity: Annotated[str, typer.Argument(help="An entity's id, for example E120-3.")],
    records: Annotated[list[str], typer.Argument(help="The records that leave it: R140-0 …")],
    because: Because,
) -> None:
    """Take records out of an entity, for good: new evidence does not bring them back."""
    from repository.access.acting import acting
    from repository.queries.entity import asked_for
    from repository.review import decisions
    from repository.review.records import record_of

    leaving = [record_of(name) for name in records]
    reading = session()
    asked = {"split": entity, "records": records, "because": because}
    with acting(reading, "split", asked) as connection:
        done = decisions.split(
            connection, asked_for(entity), leaving, who=reading.who, because=because
        )
    _say(done)


def history(
    entity: Annotated[str, typer.Argument(help="An entity's id, for example E120-3.")],
    as_json: AsJson = False,
) -> None:
    """Show what brought an entity's records, and what people have decided about them."""
    from intelbus.cli import console
    from repository.access.acting import acting
    from repository.queries.entity import asked_for
    from repository.review.history import entity_history

    reading = session()
    with acting(reading, "view", {"history": entity}) as connection:
        found = entity_history(connection, reading.who, asked_for(entity))
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
            row(made, _when(one), what, pairs, one["by"], one["because"])
        else:
            what = f"{one['what']} as {one['role']}"
            row(made, _when(one), what, one["record"], one["agency"], "")
    console.print(made)


def _say(done: "Decided", what: str = "") -> None:
    decided = f"{what}; " if what else ""
    typer.echo(f"decision {done.decision}: {decided}{', '.join(done.entities)}")


def _when(step: dict[str, Any]) -> str:
    return str(step["at"])[:19].replace("T", " ")
