"""What the stages tell Prometheus; no label says anything about a person."""

from collections.abc import Mapping

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

_SIZES = (1, 10, 50, 100, 250, 500, 1000, 2000)


class StageMetrics:
    """The metrics of one stage, `intelbus_<stage>_…`."""

    def __init__(self, stage: str, registry: CollectorRegistry = REGISTRY) -> None:
        prefix = f"intelbus_{stage}"
        self.events = Counter(
            f"{prefix}_events_total", "Events that the stage has dealt with.", registry=registry
        )
        self.batch_size = Histogram(
            f"{prefix}_batch_events", "Events in a batch.", buckets=_SIZES, registry=registry
        )
        self.duration = Histogram(
            f"{prefix}_batch_duration_seconds", "Time that a batch took.", registry=registry
        )
        self.position = Gauge(
            f"{prefix}_position", "Last position of the log dealt with.", registry=registry
        )
        self.lag = Gauge(
            f"{prefix}_lag_events",
            "Events before this stage not yet dealt with.",
            registry=registry,
        )
        if stage == "sequencer":
            self.restatements = Counter(
                f"{prefix}_restatements_total", "Restatements found.", registry=registry
            )
            self.amendments = Counter(
                f"{prefix}_amendments_total", "Corrections and retractions.", registry=registry
            )
            self.audit_waiting = Gauge(
                f"{prefix}_audit_waiting", "Looks on record and not yet chained.", registry=registry
            )
            self.unusual = Gauge(
                f"{prefix}_unusual_readers",
                "Readers whose day so far is unusual for them.",
                ["rule"],
                registry=registry,
            )
            self.glass_asked = Gauge(
                f"{prefix}_glass_asked",
                "Requests to break the glass that wait for a second person.",
                registry=registry,
            )
            self.glass_broken = Gauge(
                f"{prefix}_glass_broken",
                "Readers' requests by which they see, or lately saw, what is beyond their rights.",
                registry=registry,
            )
        if stage == "linker":
            self.records = Counter(f"{prefix}_records_total", "Records written.", registry=registry)
            self.judgements = Counter(
                f"{prefix}_judgements_total", "Judgements made.", registry=registry
            )
        if stage == "notices":
            self.decided = Counter(
                f"{prefix}_decided_total",
                "Notices decided on, by what was done and why.",
                ["step", "reason"],
                registry=registry,
            )
        if stage == "relays":
            self.relays = Counter(
                f"{prefix}_found_total", "Pairs of reports found alike.", registry=registry
            )

    def batch(self, events: int, *, position: int, seconds: float | None = None) -> None:
        """Note one batch."""
        self.events.inc(events)
        self.batch_size.observe(events)
        self.position.set(position)
        if seconds is not None:
            self.duration.observe(seconds)

    def sequenced(self, *, restatements: int, amendments: int) -> None:
        """Note what a batch of the sequencer held."""
        self.restatements.inc(restatements)
        self.amendments.inc(amendments)

    def relayed(self, *, found: int, lag: int) -> None:
        """Note what a batch of the relays stage found, and how many events wait for it."""
        self.relays.inc(found)
        self.lag.set(lag)

    def linked(self, *, records: int, judgements: int, lag: int) -> None:
        """Note what a batch of the linker made, and how many events wait for it."""
        self.records.inc(records)
        self.judgements.inc(judgements)
        self.lag.set(lag)

    def noticed(self, decided: Mapping[tuple[str, str], int]) -> None:
        """Note what was decided: (step, reason) and how often."""
        for (step, reason), count in decided.items():
            self.decided.labels(step, reason).inc(count)
