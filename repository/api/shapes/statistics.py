"""How numbers are shown."""

from typing import Any

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class Rows(BaseModel):
    """A table of figures; `positions` in a row are the events behind it."""

    rows: list[dict[str, Any]]


class RowsPage(Rows):
    """A page of such a table."""

    next: str | None


class Bulletin(Shape):
    """The bulletin of the National Referral Mechanism: cases, by every breakdown."""

    period: dict[str, str]
    as_at_position: int
    referrals: int | None
    policy: str
    withheld: int


class Cases(BaseModel):
    """For each case that one cell counts, the positions of its steps."""

    cases: list[list[int]]


class Incidents(Shape):
    """Incidents of missing children."""

    incidents: int
    found: int
    still_missing: int
    each: list[dict[str, Any]]
