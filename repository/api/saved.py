"""`/v1/searches`, `/v1/alerts`: searches that are kept, and what newly matches them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from repository.api.answers import answer
from repository.api.bodies import FilterValues, QueryText
from repository.api.pages import Paged
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.searching import Alerts, SavedSearches, SearchNumber, SearchPage
from repository.saved import alerts, searches
from repository.search.engine import search

router = APIRouter(prefix="/v1", tags=["searches"])
Number = Annotated[int, Path(ge=1, le=2**62)]


class Kept(BaseModel):
    """A search to keep. `alerts` tells you of what newly matches it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    query: QueryText = ""
    filters: FilterValues = {}
    shared: bool = False
    alerts: bool = False


class OfSearch(BaseModel):
    """The news of one search that you have been told."""

    model_config = ConfigDict(extra="forbid")

    search: Annotated[int, Field(ge=1, le=2**62)]
    positions: Annotated[list[Annotated[int, Field(ge=1, le=2**62)]], Field(max_length=1000)]


class Told(BaseModel):
    """What you have been told; it is told no more."""

    model_config = ConfigDict(extra="forbid")

    told: Annotated[list[OfSearch], Field(max_length=searches.MOST)]


@router.post(
    "/searches",
    status_code=201,
    responses=answers(400, 401, 403, 408, 409, 413, 429),
    response_model=SearchNumber,
)
def save(session: Reading, kept: Kept) -> SearchNumber:
    """Keep a search; what matches it now counts as known."""

    def read(connection: Any) -> tuple[int, tuple[()]]:
        number = searches.save(
            connection, session.who, kept.name, kept.query,
            filters=kept.filters, shared=kept.shared, alerts=kept.alerts,
        )  # fmt: skip
        return number, ()

    asked = kept.model_dump()
    return SearchNumber(search=session.answer("search", {"save": asked.pop("name"), **asked}, read))


@router.get(
    "/searches", responses=answers(401, 403, 429) | {200: {"model": SavedSearches}, 304: {}}
)
def saved(request: Request, session: Reading) -> Response:
    """List your searches, and those that colleagues share who may see no more than you."""
    found = session.answer("search", {"saved": True}, lambda c: (searches.saved(c), ()))
    return answer(request, {"searches": found})


@router.get(
    "/searches/{number}/results",
    responses=answers(400, 401, 403, 404, 429) | {200: {"model": SearchPage}, 304: {}},
)
def run(request: Request, session: Reading, page: Paged, number: Number) -> Response:
    """Search again, with your own rights."""

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        _, query, filters = searches.kept(connection, number)
        found = search(connection, query, limit=page.limit, offset=page.offset, filters=filters)
        return found, [str(one["position"]) for one in found["results"]]

    asked = {"search": number, "limit": page.limit, "offset": page.offset}
    found = session.answer("search", asked, read)
    following, links = page.links(more=found["count"] > page.offset + page.limit)
    return answer(request, found | {"next": following}, headers=links)


@router.post(
    "/searches/{number}/follow",
    status_code=201,
    responses=answers(401, 403, 404, 408, 409, 429),
    response_model=SearchNumber,
)
def follow(session: Reading, number: Number) -> SearchNumber:
    """Keep your own copy of a search, with alerts."""
    made = session.answer(
        "search", {"follow": number}, lambda c: (searches.follow(c, session.who, number), ())
    )
    return SearchNumber(search=made)


@router.delete("/searches/{number}", status_code=204, responses=answers(401, 403, 404, 408, 429))
def remove(session: Reading, number: Number) -> None:
    """Keep a search no more."""

    def read(connection: Any) -> tuple[None, tuple[()]]:
        searches.remove(connection, session.who, number)
        return None, ()

    session.answer("search", {"remove": number}, read)


@router.get("/alerts", responses=answers(401, 403, 429) | {200: {"model": Alerts}, 304: {}})
def news(request: Request, session: Reading) -> Response:
    """Show what newly matches your searches, until you say that you were told."""

    def read(connection: Any) -> tuple[list[dict[str, Any]], list[str]]:
        found = alerts.digest(connection)
        return found, [str(each) for one in found for each in one["positions"]]

    return answer(request, {"alerts": session.answer("search", {"alerts": True}, read)})


@router.post("/alerts/told", status_code=204, responses=answers(401, 403, 408, 413, 429))
def told(session: Reading, told: Told) -> None:
    """Say which news you were told: each event is told once."""
    by_search = {one.search: one.positions for one in told.told}

    def read(connection: Any) -> tuple[None, tuple[()]]:
        alerts.tell(connection, by_search)
        return None, ()

    session.answer("search", {"told": sorted(by_search)}, read)
