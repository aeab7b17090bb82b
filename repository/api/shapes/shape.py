"""What every shape of an answer shares."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """What is named here is always there; more may be."""

    model_config = ConfigDict(extra="allow")
