"""Watches: what of a watch nothing matches by itself, told to who places it. Pure.

Nobody is joined with another agency's record by a name alone, since an innocent person may bear it
(docs/linking.md). A watch on one tells of something only once an analyst has joined the records.
"""

from collections.abc import Callable, Mapping
from typing import Any

Details = Mapping[str, Any]


def _person(one: Details) -> bool:
    return not one["date_of_birth"] and not any(
        document["number"] and document["issuer"] for document in one["documents"]
    )


def _organisation(one: Details) -> bool:
    return not one["registration_number"] and not one["gla_licence"]


# One row a kind of subject: whether nothing but a name is said, and what to add.
_BY_NAME_ALONE: Mapping[str, tuple[Callable[[Details], bool], str]] = {
    "person": (_person, "a date of birth, or a document with its issuer"),
    "organisation": (_organisation, "its registration number or its GLA licence"),
}


def unmatched(event: Mapping[str, Any]) -> list[str]:
    """Return a line for each subject of a watch of which nothing but a name is said."""
    found = []
    for at, subject in enumerate(event["subjects"] if event["step"] == "placed" else ()):
        for kind, details in subject["details"].items():
            alone, wanted = _BY_NAME_ALONE.get(kind, (None, ""))
            if alone and alone(details):
                found.append(
                    f"subjects[{at}]: a name alone is never matched by itself: you hear of it only"
                    f" if an analyst joins the records (add {wanted})"
                )
    return found
