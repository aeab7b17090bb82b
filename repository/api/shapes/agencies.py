"""How agencies' streams and receipts are shown."""

from pydantic import BaseModel

from repository.api.shapes.shape import Shape


class StreamLine(Shape):
    """How far one of an agency's streams has come. `missing` counts numbers not yet seen."""

    agency: str
    stream: str
    topic: str
    announced_next: int
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
