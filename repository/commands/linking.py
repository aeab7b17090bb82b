"""`ukhtc linking evaluate | train`: measure the linker and teach it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repository.commands import relinking
from repository.commands.reading import AsJson, print_json, row, table

if TYPE_CHECKING:
    from rich.progress import TaskID

    from repository.linking.described import Description

Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="field=column, several with commas; may be given again. If it is not, columns that"
        " are called as a field is (surname, dob, phone…) are read.",
    ),
]
Kind = Annotated[str, typer.Option(help="person, organisation, place or object.")]
WeightsFile = Annotated[
    Path | None, typer.Option("--weights", help="Weights to start from; the shipped ones if none.")
]
LinkBy = Annotated[
    str | None,
    typer.Option("--link-by", help="Column that names each row's source: link between sources."),
]

Charts = Annotated[
    Path | None, typer.Option("--charts", help="Folder for the charts, as SVG; made if need be.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    linking = typer.Typer(no_args_is_help=True, help="How records become entities.")
    linking.command("evaluate")(evaluate)
    linking.command("train")(train)
    relinking.add_to(linking)
    app.add_typer(linking, name="linking")


def _checked(kind: str) -> str:
    from repository.linking.fields import KINDS

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind} is none of {', '.join(KINDS)}", param_hint="--kind")
    return kind


def evaluate(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header line; .gz is unpacked.")],
    truth: Annotated[str, typer.Option(help="Column that is equal where rows are one.")],
    columns: Columns = None,
    kind: Kind = "person",
    learn: Annotated[
        bool, typer.Option("--train", help="First learn from the file, never from its labels.")
    ] = False,
    link_by: LinkBy = None,
    shuffle: Annotated[
        int | None,
        typer.Option(min=0, help="Let the rows arrive in another order, by this seed."),
    ] = None,
    weights: WeightsFile = None,
    mistakes: Annotated[int, typer.Option(min=0, help="How many of each to explain.")] = 5,
    charts: Charts = None,
    as_json: AsJson = False,
) -> None:
    """Resolve a labelled file as the centre would, and say how right that was.

    The labels are only measured by, never learnt from. docs/linking.md lists the fields of --map
    and what is printed. Ends with 0 when it has measured, 1 when the file cannot be read, 2 for a
    wrong option, field or column, 3 when a file is missing.
    """
    from intelbus.cli import console, messages
    from repository.linking.evaluation import Setup
    from repository.linking.evaluation import evaluate as run
    from repository.linking.labelled import guess_map, parse_map, read_labelled
    from repository.linking.trained import read_trained

    if columns:
        pairs = parse_map(",".join(columns), _checked(kind))
    else:
        pairs, left = guess_map(file, _checked(kind), besides={truth, link_by})
        guessed = ",".join(f"{field}={column}" for field, column in pairs)
        rest = f"; not read: {', '.join(left)}" if left else ""
        messages.print(
            f"read as --map {guessed}{rest}", markup=False, highlight=False, soft_wrap=True
        )
    start = read_trained(weights)
    labelled = read_labelled(file, pairs, truth=truth, source=link_by)
    setup = Setup(
        kind=kind,
        train=learn,
        between_sources=link_by is not None,
        shuffle=shuffle,
        mistakes=mistakes,
    )
    with _progress() as progress:
        found = run(labelled, start.weights, setup, start.counted, progress)
    report = {"file": str(file), "map": [f"{field}={column}" for field, column in pairs], **found}
    if charts:
        from repository.linking.charts import reliability_chart, waterfall_chart

        _draw(charts / "reliability.svg", reliability_chart(report["reliability"]))
        for title in ("false_positives", "false_negatives"):
            for at, one in enumerate(report[title], 1):
                name = f"{title[:-1]}_{at}"
                _draw(charts / f"{name}.svg", waterfall_chart(one["why"], name.replace("_", " ")))
    if as_json:
        print_json(report)
        return
    made = table(f"{file.name}: {report['records']} records", "", "shipped", "best")
    for name in report["shipped"]:
        row(
            made,
            name.replace("_", " "),
            *(f"{report[which][name]:.4f}" for which in ("shipped", "best")),
        )
    console.print(made)
    made = table("the run", "", "")
    for name in ("true_entities", "entities", "true_pairs", "pairs_compared", "blocking_recall",
                 "seconds", "seconds_training", "records_per_second"):  # fmt: skip
        row(made, name.replace("_", " "), report[name])
    console.print(made)
    unread = ", ".join(f"{column} {n}" for column, n in report["unread"].items() if n)
    console.print(f"values that could not be read: {unread or 'none'}", markup=False)
    fillers = ", ".join(f"{field} {n}" for field, n in report["fillers"].items())
    if fillers:
        console.print(
            f"left out, since many names share one value or each row has its own: {fillers}",
            markup=False,
        )
    made = table("what a stated probability means", "stated", "of these pairs are one", "pairs")
    for one in report["reliability"]:
        row(made, one["stated"], one["observed"], one["pairs"])
    console.print(made)
    for title in ("false_positives", "false_negatives"):
        for one in report[title]:
            _explain(title[:-1].replace("_", " "), one)


def _explain(title: str, one: Any) -> None:
    """Show one mistake: the reasons in bits."""
    from intelbus.cli import console

    why = one["why"]
    seen = "" if one["compared"] else ", never compared"
    made = table(f"{title}: {why['weight']} bits{seen}", "feature", "one", "other", "level", "bits")
    for reason in why["reasons"]:
        row(
            made,
            reason["feature"],
            *(value or "" for value in reason["values"]),
            reason["level"],
            reason["bits"],
        )
    row(made, "before any evidence", "", "", "", why["before"])
    row(made, "repeated fields, relatives", "", "", "", why["adjustment"])
    console.print(made)


def train(
    out: Annotated[Path, typer.Option(help="The file of weights to write.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="A CSV file with a header line; none: the persons in the store."),
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="As for `evaluate`; with a file.")
    ] = None,
    kind: Kind = "person",
    link_by: LinkBy = None,
    weights: WeightsFile = None,
    charts: Charts = None,
    as_json: AsJson = False,
) -> None:
    """Learn weights without labels, from a file or from the store, and write them to be reviewed.

    From the store an officer learns who may see every record, and it is on the audit. The file
    also holds how common values are, of those that several entities share: it is to be kept as
    the records are. `ukhtc linking evaluate --weights` uses both, and so does the linker once they
    are adopted: `ukhtc linking replay --weights`.
    """
    from dataclasses import replace

    from intelbus.cli import messages
    from repository.linking.charts import waterfall_chart, weights_chart
    from repository.linking.evaluation import examples, learn
    from repository.linking.trained import write_trained
    from repository.linking.weights import read_weights

    start = read_weights(weights)
    if file is None:
        said, origin = _from_store(_checked(kind), columns, link_by)
    else:
        said, origin = _from_file(file, columns, _checked(kind), link_by)
    with _progress() as progress:
        learnt = learn(said, start, kind=kind, progress=progress)
    provenance = {**learnt.weights.provenance, "learnt_from": origin}
    learnt = replace(learnt, weights=replace(learnt.weights, provenance=provenance))
    write_trained(learnt, out)
    if charts:
        _draw(charts / "weights.svg", weights_chart(learnt.weights))
        for at, why in enumerate(examples(said, learnt, kind=kind), 1):
            _draw(charts / f"pair_{at}.svg", waterfall_chart(why, f"pair {at}"))
    if as_json:
        print_json({"file": str(out), "provenance": provenance})
    messages.print(f"{len(said)} records: weights written to {out}", markup=False)


def _from_file(
    file: Path, columns: list[str] | None, kind: str, link_by: str | None
) -> "tuple[Sequence[Description], dict[str, Any]]":
    from hashlib import sha256

    from repository.linking.labelled import parse_map, read_labelled

    pairs = parse_map(",".join(columns or ()), kind)
    said = read_labelled(file, pairs, truth=None, source=link_by).descriptions
    return said, {"file": file.name, "sha256": sha256(file.read_bytes()).hexdigest()}


def _from_store(
    kind: str, columns: list[str] | None, link_by: str | None
) -> "tuple[Sequence[Description], dict[str, Any]]":
    from repository.access.officer import require_officer
    from repository.commands.reading import session
    from repository.queries.described import described_persons

    if kind != "person" or columns or link_by:
        raise typer.BadParameter("from the store persons are learnt from, as they are described")
    acting = session()
    require_officer(acting.reader)
    said, last = acting.answer(
        "view", {"linking": "train"}, lambda connection: (described_persons(connection), [])
    )
    return said, {"store": f"up to position {last}", "by": acting.reader.name}


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show on a terminal how far each step has come; nothing where nobody looks."""
    from rich.progress import Progress

    from intelbus.cli import messages

    with Progress(console=messages, transient=True, disable=not messages.is_terminal) as shown:
        steps: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in steps:
                steps[step] = shown.add_task(step, total=total)
            shown.update(steps[step], completed=done, total=total)

        yield tell


def _draw(path: Path, specification: Mapping[str, Any]) -> None:
    """Write a chart as SVG."""
    from intelbus.errors import ConfigurationError
    from repository.linking.charts import svg

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(svg(specification), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error}", subject=str(path)) from error
