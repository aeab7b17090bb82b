"""`/v1/networks`, `/v1/groups` and one operation: how entities hang together."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from repository.api.answers import answer
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.records import Entity
from repository.api.shapes.networks import Groups, NetworkPath, NetworkShown, OperationShown
from repository.queries.network import around, groups, path
from repository.statistics.operations import operation

RECENT = 2_000
"""Events in which groups are looked for at once: more would keep everybody else waiting."""

router = APIRouter(prefix="/v1", tags=["networks"])


@router.get(
    "/networks/{entity}",
    responses=answers(401, 403, 404, 429) | {200: {"model": NetworkShown}, 304: {}},
)
def network(
    request: Request,
    session: Reading,
    entity: Entity,
    hops: Annotated[int, Query(ge=1, le=3, description="Steps from it.")] = 2,
) -> Response:
    """Show what an entity is tied to, with the events and origins behind each tie. As a file for
    other tools it leaves as any export: `network` in `POST /v1/exports`.
    """
    asked = {"network": entity, "hops": hops}
    found = session.answer("expansion", asked, lambda c: _seen(around(c, entity, hops=hops)))
    return answer(request, found)


@router.get(
    "/networks/{entity}/path/{other}",
    responses=answers(401, 403, 404, 429) | {200: {"model": NetworkPath}, 304: {}},
)
def way(request: Request, session: Reading, entity: Entity, other: Entity) -> Response:
    """Show the shortest way between two entities; `steps` is null when none was found."""
    asked = {"from": entity, "to": other}
    return answer(
        request, session.answer("expansion", asked, lambda c: _seen(path(c, entity, other)))
    )


@router.get("/groups", responses=answers(401, 403, 404, 429) | {200: {"model": Groups}, 304: {}})
def suggested(
    request: Request,
    session: Reading,
    entity: Annotated[
        str | None,
        Query(alias="around", max_length=40, examples=["E120-3"],
              description="An entity's id; without one, in the latest 2,000 events."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Groups to show.")] = 20,
) -> Response:  # fmt: skip
    """Suggest groups of entities that hang together: something to look at, never a fact."""

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        found = groups(connection, around_entity=entity, limit=limit, recent=RECENT)
        return found, [one["entity"] for group in found["groups"] for one in group["entities"]]

    asked = {"groups": entity or "", "limit": limit}
    return answer(request, session.answer("expansion", asked, read))


@router.get(
    "/operations/{name}",
    responses=answers(401, 403, 404, 429) | {200: {"model": OperationShown}, 304: {}},
)
def one_operation(
    request: Request, session: Reading, name: Annotated[str, Path(max_length=200)]
) -> Response:
    """Show an operation: who led it, what came of it, its events in time."""

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        found = operation(connection, name)
        entities = [one["entity"] for one in found["entities"]]
        return found, [*map(str, found["positions"]), *entities]

    return answer(request, session.answer("view", {"operation": name}, read))


def _seen(found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a network as shown, and the ids in it: what a session puts on record."""
    positions = {one["position"] for edge in found.get("edges", ()) for one in edge["events"]}
    entities = [node["entity"] for node in found.get("nodes", ())]
    return found, [*entities, *map(str, sorted(positions))]
