"""`/v1/timeline`, and the timelines of operations and searches: events in time."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from repository.api.answers import answer
from repository.api.filters import Filters, Words
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.records import Entity
from repository.api.shapes.timelines import EntityTimeline, OperationTimeline, SearchTimeline
from repository.queries.timeline import seen_in, timeline
from repository.search.timeline import found_in_time
from repository.statistics.operations import operation_timeline

router = APIRouter(prefix="/v1", tags=["timelines"])
Seen = tuple[dict[str, Any], list[str]]


@router.get(
    "/timeline/{entity}",
    responses=answers(401, 403, 404, 429) | {200: {"model": EntityTimeline}, 304: {}},
)
def of_entity(request: Request, session: Reading, entity: Entity) -> Response:
    """Show an entity's events in the order in which they happened."""

    def read(connection: Any) -> Seen:
        return seen_in(timeline(connection, entity))

    return answer(request, session.answer("view", {"timeline": entity}, read))


@router.get(
    "/operations/{name}/timeline",
    responses=answers(401, 403, 404, 429) | {200: {"model": OperationTimeline}, 304: {}},
)
def of_operation(
    request: Request, session: Reading, name: Annotated[str, Path(max_length=200)]
) -> Response:
    """Show an operation's events, what came of it and the reports that name it, in time."""

    def read(connection: Any) -> Seen:
        return seen_in(operation_timeline(connection, name))

    return answer(request, session.answer("view", {"timeline of operation": name}, read))


@router.get(
    "/search/timeline",
    responses=answers(400, 401, 403, 429) | {200: {"model": SearchTimeline}, 304: {}},
)
def of_search(request: Request, session: Reading, filters: Filters, q: Words = "") -> Response:
    """Show what a search finds in the order in which it happened; the best 1,000, where there are
    `more`. Unlike a search it shows nothing that has only some of the words.
    """

    def read(connection: Any) -> Seen:
        return seen_in(found_in_time(connection, q, filters))

    asked = {"timeline of search": q, "filters": filters}
    return answer(request, session.answer("search", asked, read))
