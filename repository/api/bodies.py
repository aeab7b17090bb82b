"""What requests carry again and again."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Because = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Reason(BaseModel):
    """Why; it stays on record."""

    model_config = ConfigDict(extra="forbid")

    because: Because
