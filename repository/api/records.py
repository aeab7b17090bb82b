"""`/v1/search`, `/v1/events`, `/v1/entities`: reading what is there."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from repository.api.answers import answer
from repository.api.filters import Filters, Words
from repository.api.pages import Paged
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.records import EntityPage, EntityShown, EventHistories, Events, WhyOne
from repository.api.shapes.searching import SearchPage
from repository.queries.entity import entity_seen, show_entity
from repository.queries.event import events_seen, show_events
from repository.queries.history import event_history
from repository.queries.history import seen_in as versions_seen
from repository.queries.shared_entities import FURTHEST_BACK, LATEST, entities_by_agencies
from repository.queries.why import seen_in, why_one
from repository.sanitising.versions import say, undo
from repository.search.engine import search

router = APIRouter(prefix="/v1", tags=["records"])
Connection = Any
Entity = Annotated[str, Path(max_length=40, examples=["E120-3"], description="An entity's id.")]
EntityOrRecord = Annotated[
    str, Path(max_length=40, examples=["E120-3", "R120-3"], description="Its id, or a record's.")
]
Which = Annotated[
    str, Path(max_length=40, description="An event's id, or its position in the log.")
]
Position = Annotated[int, Path(ge=1, le=2**62, description="An event's position in the log.")]
FURTHEST = 10_000
"""Nobody turns more pages than this many results; a narrower question finds the rest."""


@router.get(
    "/search", responses=answers(400, 401, 403, 429) | {200: {"model": SearchPage}, 304: {}}
)
def find(
    request: Request,
    session: Reading,
    page: Paged,
    filters: Filters,
    q: Words = "",
) -> Response:
    """Find events as `ukhtc search` does; values of one filter are alternatives."""

    def read(connection: Connection) -> tuple[dict[str, Any], list[str]]:
        found = search(connection, q, limit=page.limit, offset=page.offset, filters=filters)
        return found, [str(one["position"]) for one in found["results"]]

    asked = {"query": q, "filters": filters, "limit": page.limit, "offset": page.offset}
    found = session.answer("search", asked, read)
    further = found["count"] > page.offset + page.limit
    following, links = page.links(more=further)
    return answer(request, found | {"next": following}, headers=links)


@router.get(
    "/events/{which}",
    responses=answers(401, 403, 404, 429) | {200: {"model": Events}, 304: {}},
)
def event(request: Request, session: Reading, which: Which) -> Response:
    """Show an event: what it says, how it stands, whom it is about."""

    def read(connection: Connection) -> tuple[list[dict[str, Any]], list[str]]:
        return events_seen(show_events(connection, which))

    return answer(request, {"events": session.answer("view", {"event": which}, read)})


@router.get(
    "/events/{which}/history",
    responses=answers(401, 403, 404, 429) | {200: {"model": EventHistories}, 304: {}},
)
def versions(request: Request, session: Reading, which: Which) -> Response:
    """Show what has become of an event: corrected, graded anew, retracted, and what changed."""

    def read(connection: Connection) -> tuple[list[dict[str, Any]], list[str]]:
        return versions_seen(event_history(connection, which))

    return answer(request, {"events": session.answer("view", {"history": which}, read)})


class Sanitised(BaseModel):
    """The position of the full event that this one is the sanitised version of."""

    model_config = ConfigDict(extra="forbid")

    of: Annotated[int, Field(ge=1, le=2**62)]


@router.put(
    "/events/{position}/sanitised",
    status_code=204,
    responses=answers(401, 403, 404, 408, 409, 413, 429),
)
def sanitised(session: Reading, position: Position, full: Sanitised) -> None:
    """Say that an event is the sanitised version of another of the same originator. Said again it
    is no error; that of another it is when the first was taken back.
    """

    def read(connection: Connection) -> tuple[None, list[str]]:
        say(connection, session.reader, position, full.of)
        return None, [str(position), str(full.of)]

    session.answer("link", {"sanitised": position, "of": full.of}, read)


@router.delete(
    "/events/{position}/sanitised", status_code=204, responses=answers(401, 403, 404, 429)
)
def parted(session: Reading, position: Position) -> None:
    """Take back that an event is the sanitised version of another. Both stand, and figures from
    then on count both.
    """

    def read(connection: Connection) -> tuple[None, list[str]]:
        full = undo(connection, session.reader, position)
        return None, [str(one) for one in (position, *full)]

    session.answer("split", {"sanitised": position}, read)


@router.get(
    "/entities", responses=answers(400, 401, 403, 429) | {200: {"model": EntityPage}, 304: {}}
)
def entities(
    request: Request,
    session: Reading,
    page: Paged,
    agencies: Annotated[int, Query(ge=1, le=1000, description="Reported by at least so many.")] = 2,
    kind: Annotated[str | None, Query(max_length=100)] = None,
    latest: Annotated[
        int, Query(ge=1, le=FURTHEST_BACK, description="Of so many events, the latest.")
    ] = LATEST,
) -> Response:
    """List the entities that several agencies report, of the latest events, most agencies first."""
    wanted = min(page.offset + page.limit, FURTHEST)

    def read(connection: Connection) -> tuple[tuple[list[dict[str, Any]], bool], list[str]]:
        found = entities_by_agencies(
            connection, agencies, kind=kind, limit=wanted + 1, latest=latest
        )
        shown = found[page.offset : wanted]
        return (shown, len(found) > wanted), [one["entity"] for one in shown]

    asked = {"agencies": agencies, "kind": kind, "latest": latest}
    asked |= {"limit": page.limit, "offset": page.offset}
    shown, further = session.answer("view", asked, read)
    following, links = page.links(more=further and wanted < FURTHEST)
    return answer(request, {"entities": shown, "next": following}, headers=links)


@router.get(
    "/entities/{entity}",
    responses=answers(401, 403, 404, 429) | {200: {"model": EntityShown}, 304: {}},
)
def one_entity(
    request: Request,
    session: Reading,
    entity: Entity,
    before: Annotated[
        str | None,
        Query(max_length=40, examples=["R120-3"], description="`earlier` of the page before."),
    ] = None,
) -> Response:
    """Show what each agency says of one thing, and why its records are linked."""

    def read(connection: Connection) -> tuple[dict[str, Any], list[str]]:
        return entity_seen(show_entity(connection, entity, before=before))

    asked = {"entity": entity} | ({"before": before} if before else {})
    return answer(request, session.answer("view", asked, read))


@router.get(
    "/entities/{entity}/why/{other}",
    responses=answers(401, 403, 404, 429) | {200: {"model": WhyOne}, 304: {}},
)
def why(
    request: Request, session: Reading, entity: EntityOrRecord, other: EntityOrRecord
) -> Response:
    """Say why two entities or records are, or are not, one: feature by feature, in bits."""

    def read(connection: Connection) -> tuple[dict[str, Any], list[str]]:
        return seen_in(why_one(connection, entity, other))

    return answer(request, session.answer("view", {"why": [entity, other]}, read))
