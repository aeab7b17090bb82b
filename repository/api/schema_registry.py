"""The read calls of Confluent's Schema Registry, so that its clients find our pinned schemas.

Subjects are the records' full names (RecordNameStrategy): a topic carries several kinds. Errors
have the registry's own form and codes, which its clients expect.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response
from fastapi.responses import JSONResponse
from fastavro.schema import to_parsing_canonical_form

from intelbus.contract import NAMESPACE, Released, UnknownSchemaError, load_contract
from repository.api.problems import answers

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
SUBJECT_NOT_FOUND, VERSION_NOT_FOUND, SCHEMA_NOT_FOUND = 40401, 40402, 40403
INVALID_SCHEMA, INVALID_VERSION = 42201, 42202
# A released schema never changes, so an answer about one is good for ever.
FOR_EVER = "public, max-age=31536000, immutable"

_ERROR = {
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["error_code", "message"],
                "properties": {"error_code": {"type": "integer"}, "message": {"type": "string"}},
            }
        }
    }
}
ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is none.", **_ERROR},
    422: {
        "description": "It cannot be one.",
        "content": {**_ERROR["content"], **answers()[422]["content"]},
    },
    **{status: one for status, one in answers(400, 408, 413, 429).items() if status != 422},
    200: {"content": {MEDIA_TYPE: {"schema": {}}, "application/json": {"schema": {}}}},
}
router = APIRouter(tags=["schema registry"], responses=ERRORS)
Subject = Annotated[str, Path(description="a record's full name", max_length=200)]


def _answer(body: Any, status: int = 200, *, lasting: bool = False) -> Response:
    headers = {"Cache-Control": FOR_EVER} if lasting else None
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def _error(code: int, message: str) -> Response:
    return _answer({"error_code": code, "message": message}, code // 100)


def _versions(subject: str) -> dict[int, Released]:
    """Return a subject's releases by version; nothing when there is no such subject."""
    return {
        one.version: one for one in load_contract().all() if f"{NAMESPACE}.{one.name}" == subject
    }


def _as_version(one: Released) -> dict[str, Any]:
    return {
        "subject": f"{NAMESPACE}.{one.name}",
        "id": one.schema_id,
        "version": one.version,
        "schemaType": "AVRO",
        "schema": one.text,
    }


@lru_cache(maxsize=256)
def _canonical(schema: str) -> str:
    return str(to_parsing_canonical_form(json.loads(schema)))


@router.get("/schemas/types")
def types() -> list[str]:
    """Return the kinds of schema there are."""
    return ["AVRO"]


@router.get("/schemas/ids/{schema_id}")
def schema(schema_id: int) -> Response:
    """Return the schema with this id."""
    try:
        one = load_contract().released(schema_id)
    except UnknownSchemaError:
        return _error(SCHEMA_NOT_FOUND, f"Schema {schema_id} not found")
    return _answer({"schemaType": "AVRO", "schema": one.text}, lasting=True)


@router.get("/schemas/ids/{schema_id}/versions")
def versions_of(schema_id: int) -> Response:
    """Return the subject and version of a schema."""
    try:
        one = load_contract().released(schema_id)
    except UnknownSchemaError:
        return _error(SCHEMA_NOT_FOUND, f"Schema {schema_id} not found")
    return _answer([{"subject": f"{NAMESPACE}.{one.name}", "version": one.version}])


@router.get("/subjects")
def subjects() -> list[str]:
    """Return every subject."""
    return sorted({f"{NAMESPACE}.{one.name}" for one in load_contract().all()})


@router.get("/subjects/{subject}/versions")
def versions(subject: Subject) -> Response:
    """Return a subject's version numbers."""
    known = _versions(subject)
    if not known:
        return _error(SUBJECT_NOT_FOUND, f"Subject '{subject}' not found.")
    return _answer(sorted(known))


@router.get("/subjects/{subject}/versions/{version}")
def version(subject: Subject, version: str) -> Response:
    """Return one version of a subject: a number, `latest` or -1."""
    known = _versions(subject)
    if not known:
        return _error(SUBJECT_NOT_FOUND, f"Subject '{subject}' not found.")
    if version in {"latest", "-1"}:
        return _answer(_as_version(known[max(known)]))
    if not version.isdecimal() or not 1 <= int(version) < 2**31:
        return _error(INVALID_VERSION, f"The specified version '{version}' is not a valid version")
    if int(version) not in known:
        return _error(VERSION_NOT_FOUND, f"Version {version} not found.")
    return _answer(_as_version(known[int(version)]), lasting=True)


@router.post("/subjects/{subject}")
def look_up(subject: Subject, asked: Annotated[Mapping[str, Any], Body()]) -> Response:
    """Return the version that a schema is registered as, if it is one of ours."""
    known = _versions(subject)
    if not known:
        return _error(SUBJECT_NOT_FOUND, f"Subject '{subject}' not found.")
    try:
        wanted = _canonical(str(asked["schema"]))
    except Exception:  # whatever a parser raises on what a caller sends
        return _error(INVALID_SCHEMA, "not an Avro schema")
    for one in sorted(known.values(), key=lambda one: -one.version):
        if _canonical(one.text) == wanted:
            return _answer(_as_version(one))
    return _error(SCHEMA_NOT_FOUND, "Schema not found")


@router.get("/config")
def config() -> Response:
    """Return the rule that every release keeps."""
    return _answer({"compatibilityLevel": "FULL_TRANSITIVE"})


@router.get("/config/{subject}")
def config_of(subject: Subject) -> Response:
    """Return the rule that every release of a subject keeps."""
    if not _versions(subject):
        return _error(SUBJECT_NOT_FOUND, f"Subject '{subject}' not found.")
    return config()


@router.get("/mode")
def mode() -> Response:
    """Say that schemas are released with the software, and not through this interface."""
    return _answer({"mode": "READONLY"})
