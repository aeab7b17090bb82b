"""Topics: which kind of event travels on which topic, and what the other topics are called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# One row a family of topics. A retraction travels on the topic of the kind it takes back, so that
# whoever may read the event may read that it is gone: it has no family of its own.
FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "intelligence": ("intelligence", "assessment", "watch", "nil-return"),
        "operations": ("operation", "inspection"),
        "referrals": ("referral", "victim-support"),
        "outcomes": ("outcome",),
        "safeguarding": ("port-encounter", "missing-child"),
    }
)
RETRACTION = "retraction"
FAMILY_OF_KIND: Mapping[str, str] = MappingProxyType(
    {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
)
VERSION = "v1"
_NAME = re.compile(r"[A-Za-z0-9._-]{0,100}")


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one deployment, all under one prefix ("" for none).

    The prefix is put in front of each name as it stands: write "test." for `test.trust.v1`.
    Raises ValueError when Kafka would not accept it in a topic's name.
    """

    prefix: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.prefix):
            raise ValueError(f"not usable in a Kafka topic's name: {self.prefix!r}")

    def _name(self, stem: str) -> str:
        return f"{self.prefix}{stem}.{VERSION}"

    @property
    def events(self) -> tuple[str, ...]:
        """The event topics, in the order of the table."""
        return tuple(self._name(family) for family in FAMILIES)

    def for_kind(self, kind: str, *, target_kind: str | None = None) -> str:
        """Return the event topic of a kind; of a retraction, that of the kind it takes back.

        Raises ValueError when there is none.
        """
        routed = target_kind if kind == RETRACTION else kind
        family = FAMILY_OF_KIND.get(str(routed))
        if family is None:
            raise ValueError(f"no topic for kind {kind!r} (target kind {target_kind!r})")
        return self._name(family)

    def family_of(self, topic: str) -> str | None:
        """Return the family of an event topic, or None for any other topic."""
        for family in FAMILIES:
            if topic == self._name(family):
                return family
        return None

    def accepts(self, topic: str, kind: str) -> bool:
        """Return whether events of `kind` may travel on `topic`."""
        family = self.family_of(topic)
        return family is not None and (kind == RETRACTION or FAMILY_OF_KIND.get(kind) == family)

    def receipts(self, agency: str) -> str:
        """The topic of UKHTC's signed receipts to one agency."""
        return self._name(f"receipts.{agency}")

    def notices(self, agency: str) -> str:
        """The topic of UKHTC's signed notices to one agency."""
        return self._name(f"notices.{agency}")

    def deliveries(self, agency: str) -> str:
        """The topic of events delivered to one agency."""
        return self._name(f"deliveries.{agency}")

    @property
    def heartbeats(self) -> str:
        """The topic of streams' signed heartbeats."""
        return self._name("heartbeats")

    @property
    def trust(self) -> str:
        """The compacted topic of the signed trust registry."""
        return self._name("trust")

    @property
    def quarantine(self) -> str:
        """The topic on which quarantined messages are announced."""
        return self._name("quarantine")
