"""What requests carry again and again."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from repository.search.language import FILTERS

# No text holds a NUL: PostgreSQL has none.
EventName = Annotated[
    str, Field(max_length=40, pattern=r"^[^\x00]*$", description="An event's id or position.")
]
RecordName = Annotated[str, Field(pattern=r"^[Rr][0-9]{1,18}-[0-9]{1,4}$", examples=["R140-0"])]
QueryText = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
_Value = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]
FilterValues = Annotated[
    dict[str, Annotated[list[_Value], Field(max_length=20)]],
    Field(max_length=len(FILTERS), description=f"By name: {', '.join(FILTERS)}."),
]
Because = Annotated[
    str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
]


class Reason(BaseModel):
    """Why; it stays on record."""

    model_config = ConfigDict(extra="forbid")

    because: Because
