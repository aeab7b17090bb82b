"""Sources: what tells one origin of information from another, one row a kind of provenance.

Pure. Two reports of one agency corroborate each other only if they rest on different sources; the
rows say what must be stated, and differ, for two sources to be held different. In doubt they are
one: to count an origin too few delays a conclusion, to count an echo makes a false one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from repository.linking.normalise import squashed


@dataclass(frozen=True, slots=True)
class SourceRule:
    """How one kind of provenance counts.

    `relays`: the report passes on what somebody outside the agency said, who may have told others
    the same. Otherwise the source is the agency's own, and is told from its others by the fields
    in `apart_by` when all of them are stated.
    """

    relays: bool
    apart_by: tuple[str, ...]
    why: str


SOURCES: Mapping[str, SourceRule] = {
    "agency": SourceRule(True, ("origin", "reference"), "what another agency reported"),
    "foreign_partner": SourceRule(True, ("origin", "reference"), "a partner tells several of us"),
    "first_responder": SourceRule(True, ("origin", "reference"), "a responder tells several of us"),
    "document": SourceRule(False, ("origin", "reference"), "a document is one source, once"),
    "informant": SourceRule(False, ("origin", "reference"), "two informants, if both are named"),
    "public": SourceRule(False, ("reference",), "callers are known by their log number alone"),
    "own_observation": SourceRule(False, (), "an agency's officers are one source"),
    "unknown": SourceRule(False, (), "nothing tells it from the agency's other sources"),
}


@dataclass(frozen=True, slots=True)
class Citation:
    """A report says that it passes on another's: whose, and which if it says so."""

    name: str | None
    event_id: UUID | None = None


def folded(text: str | None) -> str | None:
    """Return a reference or a code as it is compared: letters and digits, lower case."""
    return squashed(text)


def name_of(origin: str | None, reference: str | None) -> str:
    """Return what a report is known by: whose it is and its reference, as they are compared."""
    return f"{folded(origin) or ''}:{folded(reference) or ''}"


def citations_of(event: Mapping[str, Any]) -> tuple[Citation, ...]:
    """Return whom a decoded event passes on, nearest first; an assessment's sources too.

    A step that names the event's own originator without a reference cites nothing.
    """
    own = folded(event["header"]["originator"])
    found = []
    for step in event.get("provenance", ()):
        rule = SOURCES.get(step["kind"], SOURCES["unknown"])
        cites = rule.relays and (folded(step["origin"]) != own or step["reference"] is not None)
        if cites or step["event_id"] is not None:
            name = name_of(step["origin"], step["reference"]) if cites else None
            found.append(Citation(name, step["event_id"]))
    found += [Citation(None, source) for source in event.get("sources", ())]
    return tuple(found)


def source_of(provenance: Sequence[Mapping[str, Any]]) -> str:
    """Return the agency's own source of a report, so far as it can be told from others; else "".

    Its kind and a digest: enough to tell two apart, and nothing to name one by.
    """
    for step in reversed(provenance):
        rule = SOURCES.get(step["kind"], SOURCES["unknown"])
        stated = [folded(step[field]) for field in rule.apart_by]
        if not rule.relays and stated and all(stated):
            digest = blake2b(":".join(filter(None, stated)).encode(), digest_size=8)
            return f"{step['kind']}:{digest.hexdigest()}"
    return ""
