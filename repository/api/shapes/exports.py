"""How what left the building is shown."""

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class Disclosure(Shape):
    """To whom something was let out, by whom and why."""

    export_id: str
    exported_at: str
    exported_by: str
    recipient: str
    party: str
    outside: str | None
    purpose: str


class ExportLine(Disclosure):
    """One export: of a kind and a period, of a search, or of a network; `events` counts what you
    may see of it, `codes` by the handling code under which it left. `clearance` is the highest
    marking that its recipient may hold, as its exporter said. `query`, `network` and `left_out` are
    null of others'.
    """

    clearance: str | None
    form: str
    kind: str | None
    query: str | None
    network: str | None
    hops: int | None
    left_out: int | None
    events: int
    codes: dict[str, int]


class ExportPage(BaseModel):
    """A page of exports, the latest first."""

    exports: list[ExportLine]
    next: str | None


class Recall(BaseModel):
    """An export that holds what was corrected or retracted since; `outside` says why it went to a
    body that is not enrolled.
    """

    export_id: str
    exported_at: str
    exported_by: str
    recipient: str
    outside: str | None
    purpose: str
    positions: list[int]


class Recalls(BaseModel):
    """What to take back."""

    recalls: list[Recall]


class DueExport(Disclosure):
    """An export to look at again; `regraded` are the positions that were graded anew since."""

    since: str
    positions: list[int]
    regraded: list[int]


class DueExports(BaseModel):
    """What to look at again."""

    exports: list[DueExport]
