"""`/v1/statistics` and `/v1/operations`: figures, each with the events behind it."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request, Response

from intelbus.errors import ContentError
from repository.access.context import context_of
from repository.access.session import Session
from repository.api.answers import answer, chosen, file
from repository.api.caller import Served
from repository.api.pages import Paged
from repository.api.problems import answers
from repository.api.reading import Reading
from repository.api.shapes.statistics import Bulletin, Cases, Incidents, Rows, RowsPage
from repository.statistics.caseload import due_dates
from repository.statistics.contribution import by_agency, by_route
from repository.statistics.convictions import convictions as count_convictions
from repository.statistics.formats import rendered
from repository.statistics.nrm import end_of, nrm_events, nrm_table
from repository.statistics.nrm import revisions as differences
from repository.statistics.policies import policy_named, published
from repository.statistics.results import (
    missing_children,
    operation_outcomes,
    victims_who_declined,
)
from repository.statistics.threats import OLYMPIC_BOROUGHS, threat_view

router = APIRouter(prefix="/v1", tags=["statistics"])
Answer = TypeVar("Answer")
# NRM statistics begin in 2009; PostgreSQL's and Python's dates both reach from 1 to 9999.
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
Since = Annotated[date, Query(alias="from", ge=FIRST, le=LAST, examples=["2009-04-01"])]
Until = Annotated[date, Query(alias="to", ge=FIRST, le=LAST, examples=["2009-12-31"])]
AsAt = Annotated[
    date | None, Query(ge=FIRST, le=LAST, description="As known at the end of this day, UTC.")
]
FORMS: Mapping[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "svg": "image/svg+xml",
}
ANY = answers(401, 403, 429)
ROWS: dict[int | str, dict[str, Any]] = ANY | {200: {"model": Rows}, 304: {}}
BULLETIN: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Bulletin,
        "content": {
            media_type.partition(";")[0]: {"schema": {"type": "string"}}
            for name, media_type in FORMS.items()
            if name != "json"
        },
    },
    304: {},
}


class PeriodError(ContentError):
    """The period ends before it begins."""


@router.get("/statistics/nrm", responses=answers(400, 401, 403, 406, 429) | BULLETIN)
def nrm(
    request: Request,
    session: Reading,
    backend: Served,
    since: Since,
    until: Until,
    as_at: AsAt = None,
    policy: Literal["none", "k5", "k11"] = "none",
    form: Annotated[Literal["json", "csv", "ods", "svg"] | None, Query(alias="format")] = None,
) -> Response:
    """Count the cases referred in a period; a policy withholds small cells."""
    wanted, types = chosen(request, form, FORMS), backend.agency_types()
    _in_order(since, until)
    found = counted(
        session,
        "nrm",
        lambda connection: nrm_table(
            connection,
            since,
            until,
            types=types,
            as_at=_end(as_at),
            everything=context_of(connection).everything,
        ),
        {"from": since, "to": until, "as_at": as_at, "policy": policy, "format": wanted},
    )
    shown = published(found, policy_named(policy))
    if wanted == "json":
        return answer(request, shown)
    name = f"nrm-{since}-{until}.{wanted}"
    return file(request, rendered(shown, wanted), FORMS[wanted], name)


@router.get(
    "/statistics/nrm/events",
    responses=answers(400, 401, 403, 429) | {200: {"model": Cases}, 304: {}},
)
def nrm_cell(
    request: Request,
    session: Reading,
    backend: Served,
    since: Since,
    until: Until,
    table: Annotated[str, Query(max_length=100, examples=["sex"])],
    value: Annotated[str, Query(max_length=200, examples=["female"])],
    as_at: AsAt = None,
) -> Response:
    """Open one cell: for each case it counts, the positions of its steps."""
    types = backend.agency_types()
    _in_order(since, until)

    def read(connection: Any) -> tuple[list[list[int]], list[str]]:
        found = nrm_events(
            connection, since, until, dimension=table, value=value, types=types, as_at=_end(as_at)
        )
        return found, [str(position) for case in found for position in case]

    asked = {"table": "nrm", "cell": [table, value], "from": str(since), "to": str(until)}
    return answer(request, {"cases": session.answer("statistic", asked, read)})


@router.get("/statistics/revisions", responses=answers(400) | ROWS)
def revisions(
    request: Request,
    session: Reading,
    backend: Served,
    since: Since,
    until: Until,
    before: Annotated[date, Query(ge=FIRST, le=LAST, description="As at this day.")],
    as_at: AsAt = None,
) -> Response:
    """Show which figures of a bulletin have changed between two days."""
    types = backend.agency_types()
    _in_order(since, until)

    def read(connection: Any) -> list[dict[str, Any]]:
        earlier, later = (
            nrm_table(connection, since, until, types=types, as_at=_end(day))
            for day in (before, as_at)
        )
        return differences(earlier, later)

    asked = {"from": since, "to": until, "before": before, "as_at": as_at}
    return _rows(request, session, "revisions", read, asked)


@router.get("/statistics/convictions", responses=ROWS)
def convictions(request: Request, session: Reading, as_at: AsAt = None) -> Response:
    """Count convictions by offence and statute."""

    def read(connection: Any) -> list[dict[str, Any]]:
        return count_convictions(connection, as_at=_end(as_at))

    return _rows(request, session, "convictions", read, {"as_at": as_at})


@router.get("/statistics/due", responses=ROWS)
def due(
    request: Request,
    session: Reading,
    today: Annotated[date | None, Query(ge=FIRST, le=LAST)] = None,
    authority: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """List open cases by what is due, most urgent first."""
    day = today or datetime.now(UTC).date()

    def read(connection: Any) -> list[dict[str, Any]]:
        return due_dates(connection, day, authority=authority)

    return _rows(request, session, "due", read, {"today": day, "authority": authority})


@router.get("/statistics/declined", responses=answers(400) | ROWS)
def declined(
    request: Request, session: Reading, since: Since, until: Until, as_at: AsAt = None
) -> Response:
    """Count victims who declined to give evidence, by reason."""
    return _in_period(request, session, "declined", victims_who_declined, since, until, as_at)


@router.get(
    "/statistics/missing-children",
    responses=answers(400) | ANY | {200: {"model": Incidents}, 304: {}},
)
def missing(
    request: Request, session: Reading, since: Since, until: Until, as_at: AsAt = None
) -> Response:
    """Count incidents of missing children that began in a period."""
    _in_order(since, until)
    asked = {"from": since, "to": until, "as_at": as_at}
    found = counted(
        session,
        "missing children",
        lambda connection: missing_children(connection, since, until, as_at=_end(as_at)),
        asked,
    )
    return answer(request, found)


@router.get("/statistics/routes", responses=answers(400) | ROWS)
def routes(
    request: Request, session: Reading, since: Since, until: Until, as_at: AsAt = None
) -> Response:
    """Count intelligence by the route that it took."""
    return _in_period(request, session, "routes", by_route, since, until, as_at)


@router.get("/statistics/contribution", responses=answers(400) | ROWS)
def contribution(
    request: Request,
    session: Reading,
    backend: Served,
    since: Since,
    until: Until,
    as_at: AsAt = None,
) -> Response:
    """Count what each agency sent; nil returns and silence stand apart."""
    expected = sorted(backend.agency_types())

    def count(connection: Any, first: date, last: date, *, as_at: datetime | None) -> Any:
        return by_agency(connection, first, last, expected=expected, as_at=as_at)

    return _in_period(request, session, "contribution", count, since, until, as_at)


@router.get("/statistics/threats", responses=answers(400) | ROWS)
def threats(
    request: Request,
    session: Reading,
    since: Since,
    until: Until,
    by: Literal["exploitation", "area", "nationality"] = "exploitation",
    olympic: Annotated[bool, Query(description="Only reports of an Olympic borough.")] = False,
    as_at: AsAt = None,
) -> Response:
    """Compare a period's intelligence with the period before it, and with chance."""
    areas = OLYMPIC_BOROUGHS if olympic else None

    def count(connection: Any, first: date, last: date, *, as_at: datetime | None) -> Any:
        return threat_view(connection, first, last, by=by, areas=areas, as_at=as_at)

    return _in_period(request, session, f"threats by {by}", count, since, until, as_at)


@router.get(
    "/operations", responses=answers(400, 401, 403, 429) | {200: {"model": RowsPage}, 304: {}}
)
def operations(request: Request, session: Reading, page: Paged, as_at: AsAt = None) -> Response:
    """Show what came of each operation, in the order of their names: arrests, victims, convictions,
    imprisonment.
    """

    def read(connection: Any) -> list[dict[str, Any]]:
        return operation_outcomes(connection, as_at=_end(as_at))

    asked = {"as_at": as_at, "limit": page.limit, "offset": page.offset}
    rows = counted(session, "operations", read, asked)
    end = page.offset + page.limit
    following, links = page.links(more=len(rows) > end)
    return answer(request, {"rows": rows[page.offset : end], "next": following}, headers=links)


def counted(
    session: Session, table: str, read: Callable[[Any], Answer], asked: Mapping[str, Any]
) -> Answer:
    """Return a table counted from what the reader may see, after it is on record."""
    said = {name: None if value is None else str(value) for name, value in asked.items()}
    return session.answer(
        "statistic", {"table": table, **said}, lambda connection: (read(connection), ())
    )


def _in_period(
    request: Request,
    session: Session,
    table: str,
    count: Callable[..., list[dict[str, Any]]],
    since: date,
    until: date,
    as_at: date | None,
) -> Response:
    _in_order(since, until)

    def read(connection: Any) -> list[dict[str, Any]]:
        return count(connection, since, until, as_at=_end(as_at))

    return _rows(request, session, table, read, {"from": since, "to": until, "as_at": as_at})


def _rows(
    request: Request,
    session: Session,
    table: str,
    read: Callable[[Any], list[dict[str, Any]]],
    asked: Mapping[str, Any],
) -> Response:
    return answer(request, {"rows": counted(session, table, read, asked)})


def _end(as_at: date | None) -> datetime | None:
    return end_of(as_at) if as_at else None


def _in_order(since: date, until: date) -> None:
    if until < since:
        raise PeriodError(hint="`to` is a day not before `from`")
