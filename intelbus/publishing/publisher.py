"""`Publisher`: how an agency publishes events and learns what became of them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from intelbus.checks import check_event
from intelbus.codec import content_digest_of, encode_event
from intelbus.contract import Kind
from intelbus.errors import ConfigurationError, ContentError, IntelbusError, RefusedError
from intelbus.identifiers import new_event_id
from intelbus.kafka import read_registry
from intelbus.keys import SigningKey
from intelbus.message import event_headers, rfc3339
from intelbus.publishing.delivery import Delivery
from intelbus.publishing.outbox import Identity, Outbox, Queued
from intelbus.publishing.receiving import take_receipts
from intelbus.settings import Settings, load_settings
from intelbus.source_form import SourceFormError, from_source
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry
from intelbus.trust_files import SIGNING_KEY_FILE, keep_registry, load_registry

FLUSH_TIMEOUT = 60.0
GROUP = 256
"""Events a `grouped()` block commits at once."""


class Status(StrEnum):
    """What publishing an event came to."""

    QUEUED = "queued"
    UNCHANGED = "unchanged"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Published:
    """The event's identifier, and whether it is new, a correction, or nothing new."""

    event_id: UUID
    status: Status


class Publisher:
    """Publishes one agency's events. Use it as a context manager; one process an outbox.

    What `publish` has returned is on disk and will be sent, now or after a restart, once. Raises
    ConfigurationError when the agency's folder, key or trust is missing.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or load_settings()
        self.agency = self._settings.require_agency()
        home = self._settings.agency_home()
        self._key = SigningKey.load(home / SIGNING_KEY_FILE)
        self._topics = Topics(self._settings.topic_prefix)
        self._outbox = Outbox(home / "outbox.sqlite", self.agency)
        self._delivery = Delivery(self._settings, self._outbox, self.agency, self._key)
        self._registry = self._newest_registry()
        self._grouped = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop. What is not sent yet stays in the outbox for the next time."""
        self._delivery.close()
        self._outbox.close()

    def publish(self, kind: str, source: Mapping[str, Any]) -> Published:
        """Queue an event given in source form, durably, and return its identifier.

        The same `source_reference` with the same content is the same event (UNCHANGED); with
        other content it is a CORRECTION of the first. Raises ContentError saying what is wrong,
        RefusedError when the agency may not publish the kind; nothing is queued then.
        """
        now = datetime.now(UTC)
        kind = Kind(kind)
        self._refuse_kind(kind)
        event = from_source(kind, source)
        header = event["header"]
        header["originator"] = self.agency
        header["reported_at"] = header["reported_at"] or now
        with self._outbox.transaction():
            topic = self._resolve(kind, event, source)
            reference = str(header["source_reference"])
            known = self._outbox.identity(kind, reference)
            stream = self._outbox.stream(topic)
            header["event_id"] = new_event_id(now)
            header["stream"] = stream.stream
            header["sequence"] = stream.next_sequence
            if known is not None and header["corrects"] is None and kind != Kind.RETRACTION:
                header["corrects"] = known.event_id
            problems = check_event(kind, event, ceiling=self._settings.maximum_marking)
            if problems:
                raise SourceFormError(problems)
            value = encode_event(kind, event)
            digest = content_digest_of(value)
            if known is not None and known.content_digest == digest:
                return Published(known.event_id, Status.UNCHANGED)
            queued = Queued(
                stream.next_sequence,
                header["event_id"],
                kind,
                value,
                event_headers(kind, header),
            )
            self._outbox.add(topic, queued, source_reference=reference, at=rfc3339(now))
            first = known.event_id if known else header["corrects"] or header["event_id"]
            self._outbox.set_identity(kind, reference, Identity(first, digest, topic))
        corrects = header["corrects"] is not None
        return Published(header["event_id"], Status.CORRECTION if corrects else Status.QUEUED)

    def publish_many(self, events: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Published]:
        """Publish (kind, source) pairs, committing a group at a time: much faster than one by one.

        Raises like `publish`; what was yielded before the group of the failure is on disk.
        """
        group: list[Published] = []
        iterator = iter(events)
        while True:
            with self._outbox.transaction():
                for kind, source in iterator:
                    group.append(self.publish(kind, source))
                    if len(group) == GROUP:
                        break
            if not group:
                return
            yield from group
            group.clear()

    @contextmanager
    def grouped(self) -> Iterator[None]:
        """Commit all events published within together. Raising inside drops them all."""
        with self._outbox.transaction():
            yield

    def flush(self, timeout: float = FLUSH_TIMEOUT) -> None:
        """Seal and send everything queued, and wait for the broker's word on each message.

        Raises UnavailableError when `timeout` seconds were not enough; nothing is lost then.
        """
        self._delivery.flush(timeout)

    def heartbeat(self) -> None:
        """Tell the centre, signed, how far each stream has got, so that a cut tail shows.

        Raises UnavailableError.
        """
        self._delivery.heartbeat()

    def receipts(self) -> list[dict[str, Any]]:
        """Fetch new receipts, and return every event with how far it has got.

        Each row has source_reference, event_id, kind, topic, sequence, published_at, status
        (queued, sent, accepted, duplicate, quarantined, rejected), reason, advice. Raises
        UnavailableError, UntrustedRegistryError.
        """
        self._registry = self._newest_registry()
        if self._registry is not None:
            take_receipts(self._settings, self._outbox, self.agency, self._registry)
        return self._outbox.statuses()

    def depth(self) -> tuple[int, str | None]:
        """Return how many events wait for the broker, and since when (RFC 3339)."""
        return self._outbox.depth()

    def _resolve(self, kind: Kind, event: dict[str, Any], source: Mapping[str, Any]) -> str:
        """Fill in what refers to earlier events of this outbox; return the topic."""
        if kind is Kind.RETRACTION:
            target_kind, reference = str(source.get("target_kind")), source.get("retracts")
            if reference is not None:
                target = self._outbox.identity(target_kind, str(reference))
                if target is None:
                    raise ContentError(
                        f"no {target_kind} event {reference!r} was published from here",
                        hint="give the source_reference of one that was, or target_event_id",
                    )
                event["target_event_id"] = target.event_id
            return self._topics.for_kind(kind, target_kind=target_kind)
        reference = source.get("corrects")
        if reference is not None:
            earlier = self._outbox.identity(kind, str(reference))
            if earlier is not None:
                event["header"]["corrects"] = earlier.event_id
            elif event["header"]["corrects"] is None:
                raise ContentError(
                    f"no {kind} event {reference!r} was published from here",
                    hint="give the source_reference of the event to correct",
                )
        return self._topics.for_kind(kind)

    def _refuse_kind(self, kind: str) -> None:
        if self._registry is None:
            return
        agency = self._registry.agencies.get(self.agency)
        if agency is None or not agency.may_publish(kind):
            raise RefusedError(
                f"{self.agency} may not publish {kind} events",
                subject=f"trust registry {self._registry.version}",
                hint="ask UKHTC to enrol the agency for the kind",
            )

    def _newest_registry(self) -> TrustRegistry | None:
        """Return the registry in force: Kafka's when it can be had, else the one kept."""
        home, now = self._settings.agency_home(), datetime.now(UTC)
        try:
            signed = read_registry(self._settings)
            if signed is not None:
                return keep_registry(home, signed, now=now)
        except IntelbusError as error:
            if not error.retriable and not isinstance(error, ConfigurationError):
                raise
        try:
            return load_registry(home, now=now)
        except ConfigurationError:
            return None
