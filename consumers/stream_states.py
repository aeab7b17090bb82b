"""The gauges of gaps and forks."""

from collections import defaultdict
from datetime import datetime

from consumers import metrics
from repository.queries.streams import StreamState


def show(states: list[StreamState], now: datetime) -> None:
    """Set the gauges of gaps and forks, each agency's streams together."""
    by_agency: dict[str, list[StreamState]] = defaultdict(list)
    for state in states:
        by_agency[state.agency].append(state)
    for agency, mine in by_agency.items():
        ages = [(now - one.gap_since).total_seconds() for one in mine if one.gap_since]
        metrics.STREAM_MISSING.labels(agency).set(sum(one.missing for one in mine))
        metrics.STREAM_GAP_AGE_SECONDS.labels(agency).set(max(ages, default=0.0))
        metrics.STREAM_FORKS.labels(agency).set(sum(one.forks for one in mine))
