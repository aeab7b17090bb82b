"""How agencies' streams and receipts are shown."""

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class Gap(BaseModel):
    """Numbers that are missing, both ends of them too."""

    first: int
    last: int


class StreamLine(Shape):
    """How far one of an agency's streams has come. `missing` counts numbers not yet seen, `gaps`
    says which, and `gap_since` since when the first of them is missed.
    """

    agency: str
    stream: str
    topic: str
    partition: int
    announced_next: int
    last_heard_at: str
    gap_since: str | None
    gaps: list[Gap]
    missing: int
    forks: int


class Streams(BaseModel):
    """The streams of your agency, for who may see all that it sends; of all, for who may see
    everything.
    """

    streams: list[StreamLine]


class ReceiptLine(BaseModel):
    """How far the receipts of one stream have come: the newest revision made, and those sent."""

    agency: str
    stream: str
    revision: int
    sent: int
    waiting: int
    last_sent_at: str | None


class Receipts(BaseModel):
    """The receipts of your agency's streams, for who may see all that it sends; of all, for who
    may see everything.
    """

    receipts: list[ReceiptLine]
