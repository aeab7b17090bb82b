"""Answers: JSON with an ETag (RFC 9110), or a file in one of the forms that there are."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from starlette.exceptions import HTTPException

JSON = "application/json"
# For the caller's own copy, which must be asked about again.
REVALIDATED = "private, no-cache"


def answer(request: Request, found: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return what was found as JSON; 304 when the caller has it already."""
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    return _tagged(request, body, JSON, headers or {})


def file(request: Request, content: bytes, media_type: str, name: str, **headers: str) -> Response:
    """Return a file to keep. `name` is ours, and plain."""
    kept = {"Content-Disposition": f'attachment; filename="{name}"', **headers}
    return _tagged(request, content, media_type, kept)


def chosen(request: Request, asked: str | None, forms: Mapping[str, str]) -> str:
    """Return which of `forms` (name: media type) is wanted: by `?format=`, else by Accept, of
    which the first named wins among equals. Raises 406.
    """
    if asked is not None:
        return asked
    accepted = _accepted(request.headers.get("accept", "*/*"))
    for wanted in accepted:
        for name, media_type in forms.items():
            plain = media_type.partition(";")[0]
            if wanted in ("*/*", plain, plain.partition("/")[0] + "/*"):
                return name
    raise HTTPException(406, "there is " + ", ".join(forms.values()))


def _accepted(header: str) -> Sequence[str]:
    ranked: list[tuple[float, str]] = []
    for part in header.split(","):
        media_type, *parameters = (one.strip() for one in part.split(";"))
        weight = 1.0
        for one in parameters:
            name, _, value = one.partition("=")
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if weight > 0:
            ranked.append((-weight, media_type.lower()))
    return [media_type for _, media_type in sorted(ranked, key=lambda one: one[0])]


def _tagged(request: Request, body: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    kept = {**headers, "ETag": tag, "Cache-Control": REVALIDATED, "Vary": "Accept, Authorization"}
    known = {one.strip().removeprefix("W/") for one in
             request.headers.get("if-none-match", "").split(",")}  # fmt: skip
    if tag in known or "*" in known:
        return Response(status_code=304, headers=kept)
    return Response(body, media_type=media_type, headers=kept)
