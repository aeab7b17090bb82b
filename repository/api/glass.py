"""`/v1/glass`: to see for a time, by a second person's word, what one's rights do not reach."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from repository.api.answers import answer
from repository.api.bodies import Because, EventName
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.access import GlassNumber, GlassRequests
from repository.glass import book
from repository.glass.rules import LONGEST, USUAL

router = APIRouter(prefix="/v1/glass", tags=["glass"])
Number = Annotated[int, Path(ge=1, le=2**62)]


class Asked(BaseModel):
    """Which event, why, and for how long; `victims`: also what identifies victims."""

    model_config = ConfigDict(extra="forbid")

    event: EventName
    because: Because
    hours: Annotated[int, Field(ge=1, le=LONGEST)] = USUAL
    victims: bool = False


class Decision(BaseModel):
    """What a second person decides, and why."""

    model_config = ConfigDict(extra="forbid")

    granted: bool
    because: Because


@router.post(
    "", status_code=201, responses=answers(401, 403, 404, 408, 413, 429), response_model=GlassNumber
)
def ask(session: Reading, asked: Asked) -> GlassNumber:
    """Ask to see an event: the answer is the same whether or not there is such an event."""

    def read(connection: Any) -> tuple[int, tuple[()]]:
        number = book.ask(
            connection, session.who, asked.event,
            reason=asked.because, hours=asked.hours, victims=asked.victims,
        )  # fmt: skip
        return number, ()

    said = {"ask" if name == "event" else name: value for name, value in asked.model_dump().items()}
    return GlassNumber(request=session.answer("glass", said, read))


@router.get("", responses=answers(401, 403, 429) | {200: {"model": GlassRequests}, 304: {}})
def requests(request: Request, session: Reading) -> Response:
    """List your requests, and those that you may decide on."""
    now = datetime.now(UTC)
    found = session.answer(
        "glass", {"list": True}, lambda c: (book.requests(c, session.reader, now=now), ())
    )
    return answer(request, {"requests": found})


@router.post(
    "/{number}/decision", status_code=204, responses=answers(401, 403, 404, 408, 409, 413, 429)
)
def decide(session: Reading, number: Number, decision: Decision) -> None:
    """Let somebody else see what they asked for, or not. Supervisors are told at once."""
    now = datetime.now(UTC)

    def read(connection: Any) -> tuple[None, list[str]]:
        if not decision.granted:
            book.refuse(connection, session.reader, number)
            return None, []
        positions = book.grant(connection, session.reader, session.who, number, now=now)
        return None, [str(one) for one in positions]

    what = "grant" if decision.granted else "refuse"
    session.answer("glass", {what: number, "because": decision.because}, read)


@router.delete("/{number}", status_code=204, responses=answers(401, 403, 404, 408, 409, 429))
def end(session: Reading, number: Number) -> None:
    """End what was granted, to you or by an approver, before its time."""

    def read(connection: Any) -> tuple[None, list[str]]:
        return None, [str(one) for one in book.end(connection, session.reader, number)]

    session.answer("glass", {"end": number}, read)
