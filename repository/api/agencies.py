"""`/v1/streams` and `/v1/receipts`: what became of what an agency sent."""

from typing import Any

from fastapi import APIRouter, Request, Response

from repository.api.answers import answer
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.agencies import Receipts, Streams
from repository.queries.streams import as_row, receipt_states, stream_states

router = APIRouter(prefix="/v1", tags=["agencies"])
ANY = answers(401, 403, 429)


@router.get("/streams", responses=ANY | {200: {"model": Streams}, 304: {}})
def streams(request: Request, session: Reading) -> Response:
    """Show how far each stream has come, and what is missing of it."""

    def read(connection: Any) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        return [as_row(one) for one in stream_states(connection)], ()

    return answer(request, {"streams": session.answer("view", {"streams": True}, read)})


@router.get("/receipts", responses=ANY | {200: {"model": Receipts}, 304: {}})
def receipts(request: Request, session: Reading) -> Response:
    """Show how far the receipts of each stream have come; they themselves are on Kafka."""
    found = session.answer("view", {"receipts": True}, lambda c: (receipt_states(c), ()))
    return answer(request, {"receipts": found})
