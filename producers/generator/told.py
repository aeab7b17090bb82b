"""What the generator yields: one agency's event in source form, and the truth about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """An event as its agency would write it, with what only the generator knows.

    `subjects` says which true person or thing each local_id means. `nature` is `first`, `repeat`
    (the same reference and content again), `restatement` (same content, new reference),
    `correction`, `retraction` or `relay`; `of` is then the (agency, source_reference) it is of.
    `manner` says how a relay is told (narrative.MANNERS), with `, cited` when it says of whom.
    `words` are the sentences in which an author tells what he knows, formulas left out.
    """

    agency: str
    source: Mapping[str, Any]
    subjects: Mapping[str, str] = field(default_factory=dict)
    nature: str = "first"
    of: tuple[str, str] | None = None
    manner: str | None = None
    words: Sequence[str] = ()

    def truth(self) -> dict[str, Any]:
        """Return the line of the truth file: JSON-able, keyed by agency and source_reference."""
        return {
            "agency": self.agency,
            "kind": self.source["kind"],
            "source_reference": self.source["source_reference"],
            "nature": self.nature,
            "of": list(self.of) if self.of else None,
            "manner": self.manner,
            "subjects": dict(self.subjects),
        }
