"""The filters of a search, as parameters of a request."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query

Values = Annotated[list[Annotated[str, Query(max_length=100)]] | None, Query(max_length=20)]
Words = Annotated[str, Query(max_length=1000, description="Names, identifiers, words, filters.")]


def filters_of(
    kind: Values = None,
    role: Values = None,
    agency: Values = None,
    exploitation: Values = None,
    grade: Values = None,
    marking: Values = None,
    urgency: Values = None,
    born: Values = None,
    since: Annotated[date | None, Query(alias="from")] = None,
    until: Annotated[date | None, Query(alias="to")] = None,
) -> dict[str, list[str]]:
    """Return the values of each filter that is given; those of one filter are alternatives."""
    given = {
        "kind": kind,
        "role": role,
        "agency": agency,
        "exploitation": exploitation,
        "grade": grade,
        "marking": marking,
        "urgency": urgency,
        "born": born,
        "from": [since.isoformat()] if since else None,
        "to": [until.isoformat()] if until else None,
    }
    return {name: values for name, values in given.items() if values}


Filters = Annotated[dict[str, list[str]], Depends(filters_of)]
