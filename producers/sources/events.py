"""A row to the event it describes: the one path that a dry run and a publication share. No I/O."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from intelbus.checks import Problem, check_event
from intelbus.codec import encode_event
from intelbus.contract import Kind
from intelbus.errors import ContentError, IntelbusError
from intelbus.source_form import SourceFormError, from_source
from producers.mappings.mapping import Mapping
from producers.mappings.rows import map_row, tidy_event
from producers.sources.rows import Row

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Described:
    """What a row describes: an event in the source form, or problems."""

    kind: str
    source: MappingOf[str, Any]
    problems: tuple[Problem, ...] = ()


def describe(row: Row, mapping: Mapping | None, kind: Kind | None) -> Described:
    """Return the event of a row, or what is wrong with it.

    A row without a source_reference is refused here: without the agency's own number, the same
    report sent twice could not be told from two reports.
    """
    if row.unreadable:
        return Described("", {}, (Problem("line", row.unreadable, row.advice),))
    if mapping is not None:
        source, problems = map_row(row.cells, mapping)
    else:
        source, problems = tidy_event(row.cells), []
    if kind is not None:
        source.setdefault("kind", str(kind))
    written = source.get("kind", "")
    known = str(written).strip().lower().replace("_", "-").replace(" ", "-")
    if not written:
        problems.append(Problem("kind", "is missing", "write it in the line, or pass --kind"))
    elif known not in set(Kind):
        problems.append(Problem("kind", f"{written!r} is no kind", f"one of {', '.join(Kind)}"))
    elif kind is not None and known != kind:
        problems.append(Problem("kind", f"is {written!r}", f"--kind {kind} was asked for"))
    if not problems and not source.get("source_reference"):
        problems.append(
            Problem(
                "source_reference",
                "is missing",
                "give your own record number: it is how a report sent twice is known",
            )
        )
    return Described(known, source, tuple(problems))


def problems_of(error: IntelbusError) -> tuple[Problem, ...]:
    """Return what a refusal of content names, as problems."""
    found: tuple[Problem, ...] = tuple(getattr(error, "problems", ()))
    return found or (Problem(error.subject or "event", error.message, error.hint or ""),)


def check(described: Described, *, originator: str, ceiling: str, now: datetime) -> list[Problem]:
    """Return everything wrong with an event, as the publisher would judge it before sealing.

    What the publisher would fill in is filled with stand-ins. Not judged here: whether a
    retraction's or correction's target is known, which only the agency's outbox can say.
    """
    if described.problems:
        return list(described.problems)
    try:
        event = from_source(described.kind, described.source)
        header = event["header"]
        header["event_id"] = header["event_id"] or _NOBODY
        header["stream"] = header["stream"] or _NOBODY
        header["originator"] = header["originator"] or originator
        header["sequence"] = header["sequence"] or 1
        header["reported_at"] = header["reported_at"] or now
        if event.get("target_event_id", ...) is None:
            event["target_event_id"] = _NOBODY
        kind = Kind(described.kind)
        found = check_event(kind, event, ceiling=ceiling)
        if not found:
            encode_event(kind, event)
    except (SourceFormError, ContentError) as error:
        return list(problems_of(error))
    return found
