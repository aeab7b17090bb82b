"""Drafting: what an agency's program says becomes an event with an identity. Pure.

The originator's own record number decides: the first event under it is new, the same content is
no event at all, other content corrects the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from intelbus.checks import Problem, check_event
from intelbus.codec import content_digest_of, encode_event
from intelbus.contract import Kind
from intelbus.errors import ContentError, RefusedError
from intelbus.message import Headers, event_headers
from intelbus.source_form import SourceFormError, as_uuid, from_source
from intelbus.trust import TrustRegistry

Status = Literal["queued", "unchanged", "correction"]


@dataclass(frozen=True, slots=True)
class Known:
    """What the outbox remembers of one source reference, for ever.

    `first_id` is the event that corrections name; `latest_id` and `digest` are of the newest one.
    """

    first_id: UUID
    latest_id: UUID
    digest: bytes
    retracted: bool = False


# Answers what is known of a kind's source reference; None when it was never published.
Recall = Callable[[str, str], Known | None]


@dataclass(frozen=True, slots=True)
class Said:
    """A source object, read: the event but for its identity, and the references it makes."""

    kind: Kind
    event: dict[str, Any]
    reference: str
    corrects: str | None
    retracts: str | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """An event ready to be stored. `first_id` is the first of the events it is a version of."""

    kind: Kind
    status: Status
    event_id: UUID
    first_id: UUID
    reference: str
    digest: bytes
    value: bytes
    headers: Headers
    retracts: tuple[str, str] | None


def read_source(kind: str, source: Mapping[str, Any]) -> Said:
    """Return what a source object says. Raises SourceFormError with all that is wrong."""
    event = from_source(kind, source)
    known_kind = Kind(str(kind).strip().lower().replace("_", "-"))
    return Said(
        known_kind,
        event,
        str(event["header"]["source_reference"]),
        _reference(source.get("corrects")) if known_kind is not Kind.RETRACTION else None,
        _reference(source.get("retracts")) if known_kind is Kind.RETRACTION else None,
    )


def refuse_kind(registry: TrustRegistry | None, agency: str, key_id: str, kind: str) -> None:
    """Raise RefusedError when the registry says that the centre will refuse this agency's event."""
    if registry is None:
        return
    enrolled = registry.agencies.get(agency)
    version = f"trust registry version {registry.version}"
    if enrolled is None or not enrolled.active:
        raise RefusedError(
            f"{agency} is {'not enrolled' if enrolled is None else 'no longer active'}",
            subject=version,
            hint="make a request with `intelbus key request` and send it to UKHTC",
        )
    if not enrolled.may_publish(kind):
        raise RefusedError(
            f"{agency} may not publish {kind}",
            subject=f"{version} permits: {', '.join(sorted(enrolled.kinds)) or 'nothing'}",
            hint="ask UKHTC to permit it",
        )
    key = registry.keys.get(key_id)
    if key is None or key.agency != agency or key.revoked_at is not None:
        raise RefusedError(
            "this signing key is revoked" if key and key.revoked_at else "this key is not enrolled",
            subject=f"key {key_id}, {version}",
            hint="send UKHTC a request made with `intelbus key request`",
        )


def target_of(said: Said) -> str:
    """Return the kind that decides the topic: a retraction travels with what it takes back."""
    return str(said.event["target_kind"]) if said.kind is Kind.RETRACTION else said.kind


def draft(
    said: Said,
    *,
    recall: Recall,
    event_id: UUID,
    originator: str,
    stream: UUID,
    sequence: int,
    ceiling: str,
    now: datetime,
) -> Drafted:
    """Return the event as it would be stored; when it is `unchanged` there is nothing to store.

    Raises ContentError: a reference to nothing, content the checks refuse, a marking above
    `ceiling`, a change to what was taken back.
    """
    event, header = said.event, said.event["header"]
    # 1 what this reference, and those it names, mean to the outbox
    known = recall(said.kind, said.reference)
    first_id = known.first_id if known else None
    if said.corrects is not None:
        first_id = _corrected(said, recall, known)
    retracts = _resolve_target(said, recall)
    # 2 identity
    header["event_id"] = event_id
    header["originator"] = originator
    header["stream"] = stream
    header["sequence"] = sequence
    header["corrects"] = first_id
    if header["reported_at"] is None:
        header["reported_at"] = now
    # 3 the same checks the centre makes, before anything leaves
    problems = check_event(said.kind, event, ceiling=ceiling)
    if problems:
        raise SourceFormError(problems)
    value = encode_event(said.kind, event)
    digest = content_digest_of(value)
    # 4 new, the same again, or a correction
    status: Status = "queued" if first_id is None else "correction"
    if known is not None and known.digest == digest:
        status, event_id = "unchanged", known.latest_id
    elif known is not None and known.retracted:
        raise ContentError(
            "this record was retracted, and a retraction is for ever",
            subject=said.reference,
            hint="publish it under another source_reference",
        )
    return Drafted(
        said.kind,
        status,
        event_id,
        first_id or event_id,
        said.reference,
        digest,
        value,
        event_headers(said.kind, header),
        retracts,
    )


def _reference(value: Any) -> str | None:
    return None if value is None or not str(value).strip() else str(value)


def _corrected(said: Said, recall: Recall, known: Known | None) -> UUID:
    """Return the first id of what `corrects` names: a source reference, or an event id."""
    reference = said.corrects or ""
    target = recall(said.kind, reference)
    first_id = target.first_id if target else as_uuid(reference)
    if first_id is None:
        raise _dangling("corrects", said.kind, reference)
    if known is not None and known.first_id != first_id:
        hint = f"{said.reference} is a version of {known.first_id}"
        raise SourceFormError([Problem("corrects", "names another event than before", hint)])
    return first_id


def _resolve_target(said: Said, recall: Recall) -> tuple[str, str] | None:
    """Put the event id of what is taken back into the event; return its kind and reference."""
    if said.retracts is None:
        return None
    kind = str(said.event["target_kind"])
    target = recall(kind, said.retracts)
    if target is None:
        raise _dangling("retracts", kind, said.retracts)
    said.event["target_event_id"] = target.first_id
    return kind, said.retracts


def _dangling(path: str, kind: str, reference: str) -> SourceFormError:
    return SourceFormError(
        [
            Problem(
                path,
                f"this outbox never published {kind} {reference!r}",
                "give the source_reference it was published under",
            )
        ]
    )
