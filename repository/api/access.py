"""`/v1/access/who`: who will see this?"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from repository.access.accounts import list_readers
from repository.access.policy import scheme_of
from repository.access.who import Coded, meaning_of, who_may_see
from repository.api.answers import answer
from repository.api.caller import Served
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.access import WhoMaySee
from repository.queries.event import handling_of

router = APIRouter(prefix="/v1/access", tags=["access"])
Marking = Literal[
    "not_protectively_marked", "protect", "restricted", "confidential", "secret", "top_secret"
]


@router.get(
    "/who", responses=answers(400, 401, 403, 404, 429) | {200: {"model": WhoMaySee}, 304: {}}
)
def who(
    request: Request,
    session: Reading,
    backend: Served,
    event: Annotated[
        str | None, Query(max_length=40, description="An event's id or position.")
    ] = None,
    handling: Annotated[
        str | None, Query(max_length=10, description="Or a handling code: 1 to 5, P or C.")
    ] = None,
    marking: Marking = "restricted",
    originator: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show which readers may see an event, or could see one that is sent under a code.

    The centre is shown all readers, an agency its own.
    """
    if (event is None) == (handling is None):
        raise HTTPException(400, "give an event, or a handling code")
    code = (handling or "").upper()

    def read(connection: Any) -> tuple[list[Coded], tuple[()]]:
        if event is not None:
            return handling_of(connection, event), ()
        return [(originator, scheme_of(code), code, marking)], ()

    asked = {"who may": event or f"{handling} {marking} {originator}".strip()}
    said = session.answer("view", asked, read)
    with backend.pool.connection() as connection:
        readers = list_readers(connection)
    found = {
        "meaning": meaning_of(said),
        "readers": who_may_see(readers, said, session.reader),
    }
    return answer(request, found)
