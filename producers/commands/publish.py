"""`intelbus publish FILE…`: publish the events of files."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intelbus.contract import Kind
from intelbus.errors import ConfigurationError, ContentError, RefusedError

if TYPE_CHECKING:
    from intelbus.checks import Problem
    from intelbus.settings import Settings
    from producers.sources.events import Described

    # Takes an event; returns what became of it, or what is wrong with it.
    Sink = Callable[[Described], str | list[Problem]]

REJECTED = 1
FLUSH_TIMEOUT = 60.0


@dataclass(slots=True)
class Summary:
    """What became of one file's rows."""

    file: str
    read: int = 0
    queued: int = 0
    unchanged: int = 0
    correction: int = 0
    valid: int = 0
    rejected: int = 0
    rejects_file: str | None = None


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command("publish")(publish)


def publish(  # noqa: PLR0917  (Typer gives every option by name)
    files: Annotated[list[Path], typer.Argument(help="JSONL, CSV or XLSX files.")],
    kind: Annotated[Kind | None, typer.Option(help="The kind of every event in them.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML: which column is which field. [FILE.mapping.toml]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; send nothing.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejects go. [beside FILE, FILE.rejects.csv/.jsonl]")
    ] = None,
    agency: Annotated[str | None, typer.Option(help="The agency's code.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Publish every event of FILES. Rows that cannot be are written to a rejects file.

    Ends with 0 when all were published, 1 when any was rejected. Publishing a file again
    publishes nothing new.
    """
    from intelbus.settings import load_settings

    if rejects is not None and len(files) > 1:
        raise ConfigurationError("--rejects is for one file", hint="publish them one by one")
    for path in files:
        if not path.is_file():
            raise ConfigurationError("there is no such file", subject=str(path))
    settings = load_settings(agency=agency)
    opened = _checking(settings) if dry_run else _publishing(settings)
    summaries: list[Summary] = []
    try:
        with opened as sink:
            for path in files:
                summaries.append(_read_file(path, mapping, kind, rejects, sink))
    finally:
        # Also when the broker could not be reached: the rows are in the outbox, the rejects aside.
        if summaries:
            _show(summaries, dry_run=dry_run, as_json=json_output)
    if any(one.rejected for one in summaries):
        raise typer.Exit(REJECTED)


@contextmanager
def _checking(settings: "Settings") -> Iterator["Sink"]:
    """Judge events as the publisher would, without one."""
    from producers.sources.events import check

    now = datetime.now(UTC)

    def sink(described: "Described") -> "str | list[Problem]":
        return (
            check(
                described,
                originator=settings.agency or "dry-run",
                ceiling=settings.maximum_marking,
                now=now,
            )
            or "valid"
        )

    yield sink


@contextmanager
def _publishing(settings: "Settings") -> Iterator["Sink"]:
    """Publish events, and wait at the end until the broker has them all."""
    from intelbus import logs
    from intelbus.publishing.publisher import GROUP, Publisher
    from producers.sources.events import problems_of

    logs.configure()  # to standard error: with --json, standard output is the result's alone
    with Publisher(settings) as publisher:
        group, in_group = ExitStack(), 0

        def sink(described: "Described") -> "str | list[Problem]":
            if described.problems:
                return list(described.problems)
            try:
                status = publisher.publish(described.kind, described.source).status
            except (ContentError, RefusedError) as error:
                return list(problems_of(error))
            nonlocal in_group
            in_group += 1
            if in_group == GROUP:  # on disk from here on, whatever happens to this process
                group.close()
                group.enter_context(publisher.grouped())
                in_group = 0
            return str(status)

        with group:
            group.enter_context(publisher.grouped())
            yield sink
        publisher.flush(FLUSH_TIMEOUT)


def _read_file(
    path: Path, mapping_path: Path | None, kind: Kind | None, wanted: Path | None, sink: "Sink"
) -> Summary:
    """Send each row of a file to `sink`; what is wrong goes to the rejects file, never stops it."""
    from producers.sources.events import describe
    from producers.sources.files import find_mapping, open_source
    from producers.sources.rejects import Rejects, rejects_path

    mapping = find_mapping(path, mapping_path, kind)
    source = open_source(path, mapping)
    summary = Summary(str(path))
    if mapping is not None and source.flat:
        _compare_columns(path, source.columns, [one.name for one in mapping.columns])
    rejected = Rejects(wanted or rejects_path(path, flat=source.flat), source.columns)
    try:
        with _progress(path.name) as advance:
            for row in source.rows():
                summary.read += 1
                described = describe(row, mapping, kind)
                result = sink(described)
                if isinstance(result, str):
                    _warn(path, described)
                    setattr(summary, result, getattr(summary, result) + 1)
                else:
                    rejected.add(row, result)
                advance(*source.progress())
    finally:
        source.close()
        rejected.close()
    summary.rejected = rejected.count
    summary.rejects_file = str(rejected.path) if rejected.path else None
    return summary


def _warn(path: Path, described: "Described") -> None:
    """Say of a watch that was accepted what of it nothing can match."""
    from intelbus.cli import messages
    from intelbus.source_form import from_source
    from intelbus.watches import unmatched

    if described.kind == Kind.WATCH:
        for line in unmatched(from_source(described.kind, described.source)):
            what = f"{path.name}: {described.source['source_reference']}: {line}"
            messages.print(what, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _compare_columns(path: Path, present: tuple[str, ...], mapped: list[str]) -> None:
    """Refuse a file that has none of the mapping's columns; name those that nothing reads."""
    from intelbus.cli import messages
    from producers.sources.rows import REJECT_PREFIX

    if not set(present) & set(mapped):
        raise ConfigurationError(
            "the file has none of the mapping's columns",
            subject=str(path),
            hint=f"it has {', '.join(present[:5])}; the mapping names {', '.join(mapped[:5])}",
        )
    known = set(mapped)
    ignored = [
        one for one in present if one and one not in known and not one.startswith(REJECT_PREFIX)
    ]
    if ignored:
        what = f"{path.name}: not in the mapping, so not published: {', '.join(ignored)}"
        messages.print(what, style="yellow", markup=False, highlight=False)


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error, where that is a terminal."""
    from rich.markup import escape
    from rich.progress import Progress

    from intelbus.cli import messages

    with Progress(console=messages, transient=True, disable=not messages.is_terminal) as bar:
        task = bar.add_task(escape(name), total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


def _show(summaries: list[Summary], *, dry_run: bool, as_json: bool) -> None:
    from rich.table import Table

    from intelbus.cli import console, messages

    if as_json:
        listed: list[dict[str, Any]] = [asdict(one) for one in summaries]
        typer.echo(json.dumps({"dry_run": dry_run, "files": listed}, ensure_ascii=False))
        return
    outcomes = ["valid"] if dry_run else ["queued", "unchanged", "correction"]
    names = {"queued": "new", "unchanged": "sent before", "correction": "corrections"}
    table = Table()
    for column in ("file", "rows", *[names.get(one, one) for one in outcomes], "rejected"):
        table.add_column(column, justify="left" if column == "file" else "right")
    for one in summaries:
        counts = [getattr(one, name) for name in ("read", *outcomes, "rejected")]
        table.add_row(one.file, *map(str, counts))
    console.print(table)
    for one in summaries:
        if one.rejects_file:
            what = f"mend and publish again: {one.rejects_file}"
            messages.print(what, markup=False, highlight=False, soft_wrap=True)
