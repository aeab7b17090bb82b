"""`/v1/audit`: who has looked at what, for supervisors."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from repository.access.looks import (
    looks_between,
    require_supervisor,
    review,
    sample,
    unusual_on,
)
from repository.api.answers import answer
from repository.api.pages import Paged
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.access import LookPage, Looks, ProcessingPage, UnusualDay
from repository.queries.processing import processing_between
from repository.queries.seen import who_has_seen

router = APIRouter(prefix="/v1/audit", tags=["audit"])
Day = timedelta(days=1)
Since = Annotated[
    datetime | None, Query(alias="from", description="A moment; by default a day ago.")
]
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)


class Review(BaseModel):
    """What a supervisor found of a look."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["in order", "to be followed up"]
    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""


@router.get("", responses=answers(400, 401, 403, 429) | {200: {"model": LookPage}, 304: {}})
def looks(
    request: Request,
    session: Reading,
    page: Paged,
    since: Since = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
) -> Response:
    """Show the looks of a time, the oldest first."""
    last = _moment(until, datetime.now(UTC))
    first = _moment(since, last - Day)

    def read(connection: Any) -> tuple[tuple[list[dict[str, Any]], int], list[str]]:
        require_supervisor(session.reader)
        found = looks_between(connection, first, last)
        shown = found[page.offset : page.offset + page.limit]
        return (shown, len(found)), _ids(shown)

    asked = {"from": first.isoformat(), "to": last.isoformat(), "offset": page.offset}
    shown, count = session.answer("audit", asked, read)
    following, links = page.links(more=count > page.offset + page.limit)
    return answer(request, {"looks": shown, "next": following}, headers=links)


@router.get(
    "/seen/{which}", responses=answers(401, 403, 404, 429) | {200: {"model": Looks}, 304: {}}
)
def seen(
    request: Request,
    session: Reading,
    which: Annotated[
        str, Path(max_length=40, description="An event's id or position, or an entity's id.")
    ],
) -> Response:
    """Show who has seen an event or an entity."""

    def read(connection: Any) -> tuple[list[dict[str, Any]], list[str]]:
        require_supervisor(session.reader)
        found = who_has_seen(connection, which)
        return found, _ids(found)

    return answer(request, {"looks": session.answer("audit", {"who": which}, read)})


@router.get("/sample", responses=answers(400, 401, 403, 429) | {200: {"model": LookPage}, 304: {}})
def to_review(request: Request, session: Reading, page: Paged, since: Since = None) -> Response:
    """Show one look in ten that nobody has reviewed yet, all by a broken glass first."""
    first = _moment(since, datetime.now(UTC) - Day)

    def read(connection: Any) -> tuple[tuple[list[dict[str, Any]], bool], list[str]]:
        require_supervisor(session.reader)
        found, more = sample(connection, first, limit=page.limit, offset=page.offset)
        return (found, more), _ids(found)

    asked = {"sample": first.isoformat(), "offset": page.offset}
    found, more = session.answer("audit", asked, read)
    following, links = page.links(more=more)
    return answer(request, {"looks": found, "next": following}, headers=links)


@router.get("/unusual", responses=answers(401, 403, 429) | {200: {"model": UnusualDay}, 304: {}})
def unusual(
    request: Request,
    session: Reading,
    on: Annotated[
        date | None,
        Query(ge=EARLIEST.date(), le=LATEST.date(), description="By default today (UTC)."),
    ] = None,
) -> Response:
    """Show what readers did on a day that is unusual for them."""
    day = on or datetime.now(UTC).date()

    def read(connection: Any) -> tuple[list[dict[str, Any]], tuple[()]]:
        require_supervisor(session.reader)
        return unusual_on(connection, day), ()

    found = session.answer("audit", {"unusual": day.isoformat()}, read)
    return answer(request, {"day": day.isoformat(), "unusual": found})


@router.get(
    "/processing",
    responses=answers(400, 401, 403, 429) | {200: {"model": ProcessingPage}, 304: {}},
)
def processing(
    request: Request,
    session: Reading,
    page: Paged,
    on: Annotated[date, Query(ge=EARLIEST.date(), le=LATEST.date(), description="The day (UTC).")],
) -> Response:
    """Show every act of processing of a day, the oldest first: collection, alteration,
    consultation, disclosure, combination and erasure (Data Protection Act 2018, s. 62).
    """
    first = datetime.combine(on, datetime.min.time(), UTC)

    def read(connection: Any) -> tuple[tuple[list[dict[str, Any]], bool], list[str]]:
        require_supervisor(session.reader)
        found = processing_between(connection, first, first + Day)
        shown = found[page.offset : page.offset + page.limit]
        return (shown, len(found) > page.offset + page.limit), _ids(shown)

    asked = {"processing": on.isoformat(), "limit": page.limit, "offset": page.offset}
    acts, more = session.answer("audit", asked, read)
    following, links = page.links(more=more)
    return answer(request, {"acts": acts, "next": following}, headers=links)


@router.post(
    "/looks/{audit_no}/review",
    status_code=204,
    responses=answers(401, 403, 404, 408, 409, 413, 429),
)
def put_on_record(
    session: Reading,
    audit_no: Annotated[int, Path(ge=1, le=2**62)],
    found: Review,
) -> None:
    """Put on record what was found of a look; once, and never of one's own."""

    def read(connection: Any) -> tuple[None, tuple[str, ...]]:
        require_supervisor(session.reader)
        review(connection, session.reader, audit_no, found.verdict, found.note)
        return None, ()

    session.answer("audit", {"review": audit_no, "verdict": found.verdict}, read)


def _ids(looks: list[dict[str, Any]]) -> list[str]:
    return sorted({name for one in looks for name in one["ids"]})


def _moment(given: datetime | None, otherwise: datetime) -> datetime:
    """Return a moment that PostgreSQL can compare; one without a zone is UTC."""
    if given is None:
        return otherwise
    if not EARLIEST.year <= given.year <= LATEST.year:
        return EARLIEST if given.year < EARLIEST.year else LATEST
    return given if given.tzinfo else given.replace(tzinfo=UTC)
