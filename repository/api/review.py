"""`/v1/review` and what officers decide about entities: judged, split, undone, and its history."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from repository.access.acting import acting
from repository.api.answers import answer
from repository.api.bodies import Reason, RecordName
from repository.api.pages import Paged
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.records import Entity
from repository.api.shapes.review import EntityHistory, Judged, WaitingPairs
from repository.queries.entity import asked_for
from repository.review import decisions
from repository.review.decisions import Decided, Verdict
from repository.review.history import entity_history
from repository.review.pairs import waiting
from repository.review.records import pair_of, record_of

router = APIRouter(prefix="/v1", tags=["review"])
VERDICTS = {"same": Verdict.SAME, "not same": Verdict.NOT_SAME, "unsure": Verdict.UNSURE}
ACTS = answers(400, 401, 403, 404, 408, 409, 413, 429)


class Judgement(Reason):
    """Whether two records are the same thing."""

    pair: Annotated[
        str,
        Field(
            pattern=r"^[Rr][0-9]{1,18}-[0-9]{1,4}:[Rr][0-9]{1,18}-[0-9]{1,4}$",
            examples=["R12-0:R40-1"],
        ),
    ]
    verdict: Literal["same", "not same", "unsure"]


class Leaving(Reason):
    """The records that leave an entity."""

    records: Annotated[list[RecordName], Field(min_length=1, max_length=1000)]


@router.get(
    "/review", responses=answers(400, 401, 403, 429) | {200: {"model": WaitingPairs}, 304: {}}
)
def queue(request: Request, session: Reading, page: Paged) -> Response:
    """List pairs of records that wait for a person, the most valuable first; for officers."""
    asked = {"review": page.limit, "offset": page.offset}
    with acting(session, "view", asked) as connection:
        found, more = waiting(connection, session.who, limit=page.limit, offset=page.offset)
    following, links = page.links(more=more)
    return answer(request, {"pairs": found, "next": following}, headers=links)


@router.post("/review/decisions", status_code=201, responses=ACTS, response_model=Judged)
def decide(session: Reading, said: Judgement) -> Judged:
    """Say whether two records are the same thing; it is in force at once."""
    with acting(session, "link", said.model_dump()) as connection:
        made = decisions.decide(
            connection,
            *pair_of(said.pair),
            VERDICTS[said.verdict],
            who=session.who,
            because=said.because,
        )
    return _shown(made)


@router.post(
    "/review/decisions/{decision}/undo",
    status_code=201,
    responses=ACTS,
    response_model=Judged,
)
def undo(
    session: Reading, decision: Annotated[int, Path(ge=1, le=2**62)], reason: Reason
) -> Judged:
    """Take a decision back; the evidence decides again."""
    asked = {"undo": decision, "because": reason.because}
    with acting(session, "split", asked) as connection:
        made = decisions.undo(connection, decision, who=session.who, because=reason.because)
    return _shown(made)


@router.post("/entities/{entity}/split", status_code=201, responses=ACTS, response_model=Judged)
def split(session: Reading, entity: Entity, leaving: Leaving) -> Judged:
    """Take records out of an entity, for good: new evidence does not bring them back."""
    asked = {"split": entity, **leaving.model_dump()}
    with acting(session, "split", asked) as connection:
        made = decisions.split(
            connection,
            asked_for(entity),
            [record_of(one) for one in leaving.records],
            who=session.who,
            because=leaving.because,
        )
    return _shown(made)


@router.get(
    "/entities/{entity}/history",
    responses=answers(400, 401, 403, 404, 429) | {200: {"model": EntityHistory}, 304: {}},
)
def history(request: Request, session: Reading, entity: Entity) -> Response:
    """Show what brought an entity's records, and what people have decided; for officers."""
    with acting(session, "view", {"history": entity}) as connection:
        found: dict[str, Any] = entity_history(connection, session.who, asked_for(entity))
    return answer(request, found)


def _shown(made: Decided) -> Judged:
    return Judged(decision=made.decision, entities=list(made.entities))
