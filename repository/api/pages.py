"""Pages: a cursor that only we can make, and that serves its own question and reader alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from intelbus.errors import ContentError
from repository.api.caller import Called, Served
from repository.authentication.interface_key import BrokenSealError, InterfaceKey

USE = "cursors"
LIFETIME = 24 * 60 * 60
"""Seconds for which a cursor serves."""
MOST = 100


class CursorError(ContentError):
    """The cursor is not of this question, not yours, too old, or changed."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of an answer is asked for; `question` is what a cursor of it is bound to."""

    limit: int
    offset: int
    question: str
    address: str
    _key: InterfaceKey

    def links(self, *, more: bool) -> tuple[str | None, dict[str, str]]:
        """Return the cursor of the next page, and the Link header (RFC 8288); None at the end."""
        if not more:
            return None, {}
        state = {"offset": self.offset + self.limit, "question": self.question}
        cursor = self._key.seal(USE, json.dumps(state).encode()).decode()
        joined = "&" if "?" in self.address else "?"
        return cursor, {"Link": f'<{self.address}{joined}cursor={cursor}>; rel="next"'}


def page_of(
    request: Request,
    caller: Called,
    backend: Served,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Results in a page.")] = 20,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next` of the page before.")
    ] = None,
) -> Page:
    """Return the page that is asked for. Raises CursorError."""
    asked = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    text = json.dumps([caller.reader.name, request.url.path, sorted(asked)])
    question = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    offset = 0 if cursor is None else _offset(backend.key, cursor, question)
    address = str(request.url.remove_query_params("cursor").replace(scheme="", netloc=""))
    return Page(limit, offset, question, address, backend.key)


def _offset(key: InterfaceKey, cursor: str, question: str) -> int:
    try:
        sealed = cursor.encode("ascii")
        state: Mapping[str, Any] = json.loads(key.open(USE, sealed, lifetime=LIFETIME))
    except (BrokenSealError, UnicodeEncodeError) as error:
        raise CursorError(hint="ask again without it") from error
    if state["question"] != question:
        raise CursorError(hint="a cursor goes with the very question that returned it")
    return int(state["offset"])


Paged = Annotated[Page, Depends(page_of)]
