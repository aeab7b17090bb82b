"""`/v1/exports`: what leaves the building, each time on record as a disclosure."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from intelbus.contract import Kind
from intelbus.errors import RefusedError
from repository.api.answers import answer
from repository.api.bodies import Because, FilterValues, QueryText
from repository.api.caller import Served
from repository.api.pages import Paged
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.sessions import PurposeText
from repository.api.shapes.exports import DueExports, ExportPage, Recalls
from repository.api.statistics import FIRST, LAST
from repository.exports.disclosures import OfKind, OfNetwork, OfSearch, export, recalls
from repository.exports.listing import exports
from repository.exports.recipients import recipient_of
from repository.exports.reviews import due, review

router = APIRouter(prefix="/v1", tags=["exports"])
# form: its media type and the ending of its file.
FORMS = {
    "csv": ("text/csv; charset=utf-8", "csv"),
    "graphml": ("application/graphml+xml", "graphml"),
    "htcds": ("text/csv; charset=utf-8", "csv"),
    "stix": ("application/stix+json;version=2.1", "json"),
}
# What a reader of the file gets: STIX is JSON, the others are text.
SHAPES = {"stix": "object"}


class Export(BaseModel):
    """Which events leave, in which form, to whom and why: those of a kind that were reported in a
    period, exactly those that a search finds, or those behind what an entity is tied to.
    """

    model_config = ConfigDict(extra="forbid")

    form: Literal["csv", "graphml", "htcds", "stix"]
    kind: Kind | None = None
    since: Annotated[date | None, Field(alias="from", ge=FIRST, le=LAST)] = None
    until: Annotated[date | None, Field(alias="to", ge=FIRST, le=LAST)] = None
    query: QueryText = ""
    filters: FilterValues = {}
    network: Annotated[
        str | None, Field(max_length=40, examples=["E120-3"], description="An entity's id.")
    ] = None
    hops: Annotated[int, Field(ge=1, le=3, description="Steps from it.")] = 2
    recipient: Annotated[
        PurposeText, Field(description="The code of an enrolled organisation; or a body's name.")
    ]
    party: Annotated[
        Literal["law_enforcement", "prosecuting", "non_prosecuting", "eea", "foreign"] | None,
        Field(description="What an outside body is. Of an enrolled organisation this is known."),
    ] = None
    clearance: Annotated[
        Literal["not_protectively_marked", "protect", "restricted", "confidential", "secret",
                "top_secret"] | None,
        Field(description="The highest marking that the recipient may hold: restricted unless"
                          " said."),
    ] = None  # fmt: skip
    outside: Annotated[
        PurposeText | None, Field(description="Why it goes to a body that is not enrolled.")
    ] = None
    purpose: PurposeText

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        self.of()
        return self

    def of(self) -> OfKind | OfSearch | OfNetwork:
        """Return what is selected. Raises ValueError unless it is one of the three."""
        searched = bool(self.query.strip() or any(self.filters.values()))
        if self.network is not None and not (searched or self.kind or self.since or self.until):
            return OfNetwork(self.network, self.hops)
        match self.kind, self.since, self.until:
            case Kind() as kind, date() as since, date() as until if not (searched or self.network):
                return OfKind(kind.value, since, until)
            case None, None, None if searched and not self.network:
                return OfSearch(self.query, self.filters)
        raise ValueError("name a kind with its first and last day, a search, or a network")


@router.post(
    "/exports",
    status_code=201,
    response_class=Response,
    responses=answers(401, 403, 404, 408, 413, 429)
    | {
        201: {
            "description": "The file. Its disclosure is on record.",
            "content": {kind.partition(";")[0]: {"schema": {"type": SHAPES.get(form, "string")}}
                        for form, (kind, _) in FORMS.items()},
            "headers": {
                name: {"schema": {"type": "string"}, "description": meaning}
                for name, meaning in (
                    ("Intelbus-Export-Id", "What the disclosure is found by."),
                    ("Intelbus-Left-Out", "How many events their handling or marking kept inside."),
                )
            },
        }
    },
)  # fmt: skip
def make(session: Reading, backend: Served, asked: Export) -> Response:
    """Let events leave: current ones, that handling and marking let out to this recipient."""
    if not session.reader.has("exporter"):
        raise RefusedError(
            "only an exporter lets events leave the building", hint="the role is `exporter`"
        )

    enrolled = backend.agencies()

    def read(connection: Any) -> tuple[dict[str, Any], list[str]]:
        to = recipient_of(
            asked.recipient,
            enrolled,
            party=asked.party,
            clearance=asked.clearance,
            outside=asked.outside,
        )
        made = export(
            connection,
            form=asked.form,
            of=asked.of(),
            recipient=to,
            purpose=asked.purpose,
            exported_by=session.reader.name,
            organisation=session.reader.organisation,
        )
        return made, [str(position) for position in made["positions"]]

    said = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    made = session.answer("export", said, read)
    media_type, ending = FORMS[asked.form]
    name = f"export-{made['export_id']}.{ending}"
    return Response(
        made["content"],
        201,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Intelbus-Export-Id": made["export_id"],
            "Intelbus-Left-Out": str(made["left_out"]),
        },
    )


@router.get(
    "/exports",
    responses=answers(400, 401, 403, 404, 429) | {200: {"model": ExportPage}, 304: {}},
)
def let_out(
    request: Request,
    session: Reading,
    page: Paged,
    event: Annotated[
        str | None, Query(max_length=40, description="Only what holds this event: id or position.")
    ] = None,
) -> Response:
    """List what was let out, the latest first: to whom, why, under which codes."""

    def read(connection: Any) -> tuple[tuple[list[dict[str, Any]], bool], tuple[()]]:
        return exports(connection, event=event, limit=page.limit, offset=page.offset), ()

    asked = {"exports": event or "", "limit": page.limit, "offset": page.offset}
    found, more = session.answer("view", asked, read)
    following, links = page.links(more=more)
    return answer(request, {"exports": found, "next": following}, headers=links)


@router.get(
    "/exports/recalls", responses=answers(401, 403, 429) | {200: {"model": Recalls}, 304: {}}
)
def to_take_back(request: Request, session: Reading) -> Response:
    """List exports that hold what was corrected or retracted since."""
    found = session.answer("export", {"recalls": True}, lambda c: (recalls(c), ()))
    return answer(request, {"recalls": found})


class LookedAgain(BaseModel):
    """What was found of an export, and why."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["stands", "recalled"]
    because: Because


@router.get(
    "/exports/due", responses=answers(401, 403, 429) | {200: {"model": DueExports}, 304: {}}
)
def to_look_at(request: Request, session: Reading) -> Response:
    """List exports to look at again: graded anew since, or not looked at for half a year."""
    now = datetime.now(UTC)
    found = session.answer("export", {"due": True}, lambda c: (due(c, now), ()))
    return answer(request, {"exports": found})


@router.post(
    "/exports/{export_id}/review",
    status_code=204,
    responses=answers(401, 403, 404, 408, 413, 429),
)
def look_again(session: Reading, export_id: UUID, found: LookedAgain) -> None:
    """Say that an export stands, or was recalled; never of one's own."""

    def read(connection: Any) -> tuple[None, tuple[()]]:
        review(connection, session.reader, export_id, found.verdict, found.because)
        return None, ()

    session.answer("export", {"review": str(export_id), "verdict": found.verdict}, read)
