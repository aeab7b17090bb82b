"""`/v1/retention`, `/v1/erasures`: how long events are kept, and their end."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from repository.access.acting import acting
from repository.access.audit import record
from repository.access.officer import require_keeper
from repository.api.answers import answer
from repository.api.bodies import Because, EventName, Reason
from repository.api.pages import Paged
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.retention import (
    DueReviews,
    ErasureAsked,
    ErasureDecided,
    ErasureRequests,
    Erasures,
    ReviewRules,
)
from repository.api.statistics import FIRST, LAST
from repository.retention import requests
from repository.retention.erasure import listed
from repository.retention.rules import shown
from repository.retention.schedule import due, keep

router = APIRouter(prefix="/v1", tags=["retention"])
Number = Annotated[int, Path(ge=1, le=2**62)]
Day = Annotated[date, Field(ge=FIRST, le=LAST)]


class Kept(Reason):
    """Until when an event is kept, that was reviewed."""

    until: Day


class Asked(Reason):
    """Which event is to be erased, under which order or request."""

    event: EventName
    authority: Because


class Deciding(Reason):
    """Whether what another asked for is done."""

    granted: bool


@router.get(
    "/retention/rules", responses=answers(401, 403, 429) | {200: {"model": ReviewRules}, 304: {}}
)
def rules(request: Request, session: Reading) -> Response:
    """Show how long each sort of event is kept before its review."""
    found = session.answer("view", {"review rules": True}, lambda _: (shown(), ()))
    return answer(request, {"rules": found})


@router.get(
    "/retention/due",
    responses=answers(400, 401, 403, 429) | {200: {"model": DueReviews}, 304: {}},
)
def to_review(
    request: Request,
    session: Reading,
    page: Paged,
    by: Annotated[
        date | None, Query(ge=FIRST, le=LAST, description="Due by this day; by default today.")
    ] = None,
    suspended: Annotated[
        bool, Query(description="Also what a live case or operation keeps.")
    ] = False,
) -> Response:
    """List the events whose review is due, the longest due first."""
    day = by or datetime.now(UTC).date()
    asked: dict[str, Any] = {"due": day.isoformat(), "suspended": suspended,
                             "limit": page.limit, "offset": page.offset}  # fmt: skip
    with (
        acting(session, "view", asked, require=require_keeper) as connection,
        connection.transaction(),
    ):
        found = due(connection, day, suspended=suspended, limit=page.limit + 1, offset=page.offset)
        reviews = found[: page.limit]
        ids = [str(one["position"]) for one in reviews]
        record(connection, session.who, "view", asked, ids=ids)
    following, links = page.links(more=len(found) > page.limit)
    return answer(request, {"reviews": reviews, "next": following}, headers=links)


@router.post(
    "/retention/{position}/keep",
    status_code=204,
    responses=answers(401, 403, 404, 408, 413, 429),
)
def put_off(session: Reading, position: Number, kept: Kept) -> None:
    """Say that an event was reviewed and is kept until its next review."""
    asked = {"keep": position, "until": kept.until.isoformat(), "because": kept.because}
    with (
        acting(session, "administration", asked, require=require_keeper) as connection,
        connection.transaction(),
    ):
        keep(
            connection,
            position,
            until=kept.until,
            by=session.reader.name,
            because=kept.because,
            now=datetime.now(UTC),
        )
        record(connection, session.who, "administration", asked, ids=[str(position)])


@router.post(
    "/erasures/requests",
    status_code=201,
    responses=answers(401, 403, 404, 408, 409, 413, 429),
    response_model=ErasureAsked,
)
def ask(session: Reading, asked: Asked) -> Any:
    """Ask to erase an event; shows what would go. Another person decides."""
    said = {"ask": asked.event, "authority": asked.authority, "because": asked.because}
    with acting(session, "erasure", said, require=require_keeper) as connection:
        return requests.ask(
            connection,
            session.who,
            asked.event,
            authority=asked.authority,
            because=asked.because,
            now=datetime.now(UTC),
        )


@router.get(
    "/erasures/requests",
    responses=answers(400, 401, 403, 429) | {200: {"model": ErasureRequests}, 304: {}},
)
def waiting(request: Request, session: Reading, page: Paged) -> Response:
    """List requests for erasures: what waits for a decision, then the latest."""
    wanted = {"erasure requests": {"limit": page.limit, "offset": page.offset}}
    with acting(session, "view", wanted, require=require_keeper) as connection:
        found, more = requests.requests(
            connection,
            session.who,
            today=datetime.now(UTC).date(),
            limit=page.limit,
            offset=page.offset,
        )
    following, links = page.links(more=more)
    return answer(request, {"requests": found, "next": following}, headers=links)


@router.post(
    "/erasures/requests/{number}/decision",
    responses=answers(401, 403, 404, 408, 409, 413, 429),
    response_model=ErasureDecided,
)
def decide(session: Reading, number: Number, deciding: Deciding) -> Any:
    """Erase for ever what another asked for, and report; or decide that it stays."""
    asked = {"erase" if deciding.granted else "refuse": number, "because": deciding.because}
    with acting(session, "erasure", asked, require=require_keeper) as connection:
        report = requests.decide(
            connection,
            session.who,
            number,
            granted=deciding.granted,
            because=deciding.because,
            now=datetime.now(UTC),
        )
    return {"report": report}


@router.get(
    "/erasures", responses=answers(400, 401, 403, 429) | {200: {"model": Erasures}, 304: {}}
)
def erased(request: Request, session: Reading, page: Paged) -> Response:
    """List what was erased: when, by whom, under which authority and why."""
    asked = {"erasures": {"limit": page.limit, "offset": page.offset}}
    with (
        acting(session, "view", asked, require=require_keeper) as connection,
        connection.transaction(),
    ):
        found = listed(connection, limit=page.limit + 1, offset=page.offset)
        record(connection, session.who, "view", asked)
    following, links = page.links(more=len(found) > page.limit)
    return answer(request, {"erasures": found[: page.limit], "next": following}, headers=links)
