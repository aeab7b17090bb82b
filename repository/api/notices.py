"""`/v1/notices`: who is told that another holds the same, for officers."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from repository.access.acting import acting
from repository.api.answers import answer
from repository.api.bodies import Reason
from repository.api.caller import Served
from repository.api.pages import Paged
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.review import NoticePage, NoticeShown, WaitingPage
from repository.notices import queue
from repository.notices.listing import list_notices, show_notice
from repository.notices.waiting import list_waiting
from repository.registry import require_pinned

router = APIRouter(prefix="/v1/notices", tags=["notices"])
Number = Annotated[int, Path(ge=1, le=2**62)]
Status = Literal["sent", "held", "silenced", "dismissed", "withdrawn", "lapsed"]


class Giving(Reason):
    """Whether a held notice is given."""

    given: bool


class GivingSeveral(Giving):
    """Whether held notices are given."""

    notices: Annotated[
        list[Annotated[int, Field(ge=1, le=2**62)]], Field(min_length=1, max_length=500)
    ]


@router.get("", responses=answers(400, 401, 403, 429) | {200: {"model": NoticePage}, 304: {}})
def notices(
    request: Request,
    session: Reading,
    page: Paged,
    status: Annotated[
        list[Status] | None, Query(max_length=6, description="`held`: what waits for an officer.")
    ] = None,
    agency: Annotated[str | None, Query(max_length=100, description="Receiver or holder.")] = None,
) -> Response:
    """List notices: given, held, silenced or taken back, and why. Of those held, threats to life
    come first.
    """
    wanted = {"statuses": status, "agency": agency, "limit": page.limit, "offset": page.offset}
    with acting(session, "view", {"notices": wanted}) as connection:
        found, more = list_notices(
            connection,
            session.who,
            statuses=list(status) if status else None,
            agency=agency,
            limit=page.limit,
            offset=page.offset,
        )
    following, links = page.links(more=more)
    return answer(request, {"notices": found, "next": following}, headers=links)


@router.get(
    "/waiting", responses=answers(400, 401, 403, 429) | {200: {"model": WaitingPage}, 304: {}}
)
def notices_waiting(request: Request, session: Reading, page: Paged) -> Response:
    """List what waits for an officer, by what it is about: threats to life first, then what is held
    longest.
    """
    wanted = {"limit": page.limit, "offset": page.offset}
    with acting(session, "view", {"notices_waiting": wanted}) as connection:
        found, more = list_waiting(connection, session.who, limit=page.limit, offset=page.offset)
    following, links = page.links(more=more)
    return answer(request, {"waiting": found, "next": following}, headers=links)


@router.post("/decisions", status_code=204, responses=answers(401, 403, 404, 408, 409, 413, 429))
def decide_several(session: Reading, backend: Served, giving: GivingSeveral) -> None:
    """Give held notices, or not: all of these or none. Who is given one is told to call UKHTC,
    never the holder.
    """
    _decide(session, backend, giving.notices, giving)


@router.get(
    "/{number}", responses=answers(401, 403, 404, 429) | {200: {"model": NoticeShown}, 304: {}}
)
def notice(request: Request, session: Reading, number: Number) -> Response:
    """Show one notice, and what officers have decided on it."""
    with acting(session, "view", {"notice": number}) as connection:
        found = show_notice(connection, session.who, number)
    return answer(request, found)


@router.post(
    "/{number}/decision",
    status_code=204,
    responses=answers(401, 403, 404, 408, 409, 413, 429),
)
def decide(session: Reading, backend: Served, number: Number, giving: Giving) -> None:
    """Give a held notice, or not. Who is given one is told to call UKHTC, never the holder."""
    _decide(session, backend, [number], giving)


def _decide(session: Reading, backend: Served, numbers: list[int], giving: Giving) -> None:
    asked = {"notices": numbers, **giving.model_dump()}
    with acting(session, "notice", asked) as connection:
        if giving.given:
            registry = require_pinned(connection, backend.settings.centre_home)
            queue.send(connection, numbers, registry, who=session.who, because=giving.because)
        else:
            queue.dismiss(connection, numbers, who=session.who, because=giving.because)
