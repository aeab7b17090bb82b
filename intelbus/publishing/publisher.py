"""`Publisher`: how an agency publishes events and learns what became of them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import structlog

from intelbus.checks import check_event
from intelbus.codec import content_digest_of, encode_event
from intelbus.contract import Kind
from intelbus.errors import ConfigurationError, ContentError, RefusedError, UnavailableError
from intelbus.failpoints import failpoint
from intelbus.identifiers import new_event_id
from intelbus.keys import SigningKey
from intelbus.message import event_headers, rfc3339
from intelbus.publishing.background import Background
from intelbus.publishing.delivery import Delivery, Observer
from intelbus.publishing.outbox import MICROSECOND, OUTBOX_FILE, Identity, Outbox, Queued
from intelbus.publishing.receiving import fetch_receipts
from intelbus.publishing.registry import fetch_registry, kept_registry
from intelbus.settings import Settings, load_settings
from intelbus.source_form import SourceFormError, from_source
from intelbus.topics import Topics
from intelbus.trust import UntrustedRegistryError
from intelbus.trust_files import SIGNING_KEY_FILE

FLUSH_TIMEOUT = 60.0
GROUP = 256
"""Events that `publish_many` commits at once."""

_log = structlog.get_logger(__name__)


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

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        deliver_every: float | None = None,
        observe: Observer = lambda step, topic, events: None,
    ) -> None:
        """Open the agency's folder. Kafka is not needed until something is sent.

        With `deliver_every` (seconds) a thread sends what is queued; otherwise `flush` does.
        `observe` is told of each step: queued, unchanged, correction, sealed, acked.
        """
        self._settings = settings or load_settings()
        self.agency = self._settings.require_agency()
        home = self._settings.agency_home()
        self._key = SigningKey.load(home / SIGNING_KEY_FILE)
        self._topics = Topics(self._settings.topic_prefix)
        self._outbox = Outbox(home / OUTBOX_FILE, self.agency)
        self._observe = observe
        self._delivery = Delivery(self._settings, self._outbox, self.agency, self._key, observe)
        self._registry = kept_registry(self._settings, now=datetime.now(UTC))
        self._asked_for_registry = False
        if self._registry is None:
            self._ask_for_registry()
        self._background = (
            Background(self.flush, interval=deliver_every) if deliver_every is not None else None
        )

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
        if self._background is not None:
            self._background.stop()
        self._delivery.close()
        self._outbox.close()

    def publish(self, kind: str, source: Mapping[str, Any]) -> Published:
        """Queue an event given in source form, durably, and return its identifier.

        The same `source_reference` with the same content is the same event (UNCHANGED); with
        other content it is a CORRECTION of the first. Raises ContentError saying what is wrong,
        RefusedError when the agency may not publish the kind; nothing is queued then.
        """
        known_kind, event = self._read(kind, source)
        with self._outbox.transaction():
            published, topic = self._store(known_kind, event, source)
            failpoint("publisher.storing")
        failpoint("publisher.stored")
        self._observe(published.status, topic, 1)
        return published

    def publish_many(
        self, events: Iterable[tuple[str, Mapping[str, Any]]]
    ) -> Iterator[Published | ContentError]:
        """Publish (kind, source) pairs, committing a group at a time: faster than one by one.

        Yields, in order and once it is on disk, what each came to: an event that cannot be
        published yields its ContentError and does not hold up the others. Raises RefusedError.
        """
        remaining = iter(events)
        while True:
            group: list[tuple[Published | ContentError, str]] = []
            with self._outbox.transaction():
                for kind, source in islice(remaining, GROUP):
                    try:
                        group.append(self._store(*self._read(kind, source), source))
                    except ContentError as error:
                        group.append((error, ""))
            if not group:
                return
            for result, topic in group:
                if isinstance(result, Published):
                    self._observe(result.status, topic, 1)
                yield result

    @contextmanager
    def grouped(self) -> Iterator[None]:
        """Commit all events published within together; only then are they on disk.

        A refused event (ContentError) may be caught within; raising out of the block drops all.
        """
        with self._outbox.transaction():
            yield

    def flush(self, timeout: float = FLUSH_TIMEOUT) -> None:
        """Seal and send everything queued, and wait for the broker's word on each message.

        Then a heartbeat says how far each stream has got. Raises UnavailableError when `timeout`
        seconds were not enough, RefusedError when the broker forbids it; nothing is lost then.
        """
        self._delivery.flush(timeout)
        if not self._asked_for_registry:
            self._ask_for_registry()

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
        return fetch_receipts(self._settings, self._outbox, self.agency)

    def depth(self) -> tuple[int, str | None]:
        """Return how many events wait for the broker, and since when (RFC 3339)."""
        return self._outbox.depth()

    def streams(self) -> dict[str, UUID]:
        """Return this outbox's stream on each topic it has published to."""
        return {one.topic: one.stream for one in self._outbox.streams()}

    def _read(self, kind: str, source: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
        event = from_source(kind, source)
        known_kind = Kind(kind.strip().lower().replace("_", "-"))
        self._refuse_kind(known_kind)
        return known_kind, event

    def _store(
        self, kind: Kind, event: dict[str, Any], source: Mapping[str, Any]
    ) -> tuple[Published, str]:
        """Give an event its identity and queue it, in the caller's transaction."""
        now = datetime.now(UTC)
        header = event["header"]
        # 1 what its reference, and those it names, stand for
        topic = self._resolve(kind, event, source)
        reference = str(header["source_reference"])
        known = self._outbox.identity(kind, reference)
        stream = self._outbox.stream(topic)
        if known is not None and header["corrects"] is None and kind is not Kind.RETRACTION:
            header["corrects"] = known.event_id
        # 2 identity
        header["originator"] = self.agency
        header["reported_at"] = header["reported_at"] or self._after(header["corrects"], now)
        header["event_id"] = new_event_id(now, self._outbox.last_event_id())
        header["stream"] = stream.stream
        header["sequence"] = stream.next_sequence
        # 3 the checks that the centre makes, before anything leaves
        problems = check_event(kind, event, ceiling=self._settings.maximum_marking)
        if problems:
            raise SourceFormError(problems)
        value = encode_event(kind, event)
        digest = content_digest_of(value)
        if known is not None and known.content_digest == digest:
            return Published(known.event_id, Status.UNCHANGED), topic
        # 4 on disk
        queued = Queued(
            stream.next_sequence, header["event_id"], kind, value, event_headers(kind, header)
        )
        self._outbox.add(topic, queued, source_reference=reference, at=rfc3339(now))
        first = known.event_id if known else header["corrects"] or header["event_id"]
        said = Identity(first, digest, topic, header["reported_at"])
        self._outbox.set_identity(kind, reference, said)
        status = Status.QUEUED if header["corrects"] is None else Status.CORRECTION
        return Published(header["event_id"], status), topic

    def _after(self, corrects: UUID | None, now: datetime) -> datetime:
        """Return now, or a moment after the version to correct: of several the latest stands, and
        a clock that was put back must not make that an older one.
        """
        last = self._outbox.last_reported(corrects) if corrects else None
        return now if last is None or now > last else last + MICROSECOND

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
        """Raise RefusedError when the registry says that the centre will refuse the event."""
        if self._registry is None:
            return
        agency = self._registry.agencies.get(self.agency)
        version = f"trust registry version {self._registry.version}"
        if agency is None or not agency.active:
            raise RefusedError(
                f"{self.agency} is {'no longer active' if agency else 'not enrolled'}",
                subject=version,
                hint="send UKHTC a request made with `intelbus key request`",
            )
        if not agency.may_publish(kind):
            raise RefusedError(
                f"{self.agency} may not publish {kind} events",
                subject=f"{version} permits {', '.join(sorted(agency.kinds)) or 'nothing'}",
                hint="ask UKHTC to permit the kind",
            )
        key = self._registry.keys.get(self._key.key_id)
        if key is None or key.agency != self.agency or key.revoked_at is not None:
            raise RefusedError(
                f"this signing key is {'revoked' if key else 'not enrolled'}",
                subject=f"key {self._key.key_id}, {version}",
                hint="send UKHTC a request made with `intelbus key request`",
            )

    def _ask_for_registry(self) -> None:
        """Take Kafka's registry if it is newer; when it cannot be had, what is kept stands."""
        try:
            fetched = fetch_registry(self._settings, now=datetime.now(UTC))
            self._asked_for_registry = True
            self._registry = fetched or self._registry
        except (UnavailableError, ConfigurationError, UntrustedRegistryError) as error:
            _log.warning("no newer trust registry", error=str(error))
