"""Tables that the counting stage fills from the log; all can be emptied and replayed.

A row is one version of one event. It stands from `stands_from` until before `stands_until` (null:
it still does), in the broker's time: a figure as at any moment is one comparison (ADR 13).
"""

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import BIT, JSONB

from repository.statistics.cases import DIMENSIONS
from repository.tables import Moment, metadata

# Every event but retractions, with what the tables count by.
counted = Table(
    "counted",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("agency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # The position of the first that said the same: restatements are counted once.
    Column("statement", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("stands_from", Moment, nullable=False),
    Column("stands_until", Moment),
    Column("reported_on", Date, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("exploitation", ARRAY(Text), nullable=False),
    Column("nationalities", ARRAY(Text), nullable=False),
    Column("areas", ARRAY(Text), nullable=False),
    # What only this kind has: see repository/statistics/facts.py.
    Column("facts", JSONB, nullable=False),
    # As in `event_log`.
    Column("audience", SmallInteger, nullable=False),
    Column("also", SmallInteger),
    Index("ix_counted_kind_occurred_on", "kind", "occurred_on"),
    Index("ix_counted_received_at", "received_at"),
    Index("ix_counted_reported_on", "reported_on"),
)

# Steps of the National Referral Mechanism's cases.
nrm_step = Table(
    "nrm_step",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # The position of the first event that named the case.
    Column("case_position", BigInteger, nullable=False),
    Column("reference", Text(collation="C"), nullable=False),
    Column("agency", Text, nullable=False),
    Column("stands_from", Moment, nullable=False),
    Column("stands_until", Moment),
    Column("step", Text, nullable=False),
    Column("step_on", Date, nullable=False),
    Column("decision", Text),
    Column("first_responder", Text),
    # Who has the case after this step, where the step says so.
    Column("authority", Text),
    Column("reflection_until", Date),
    Column("uk_nation", Text),
    Column("nationality", Text),
    Column("sex", Text),
    Column("age", Text),
    Column("exploitation", Text),
    Column("audience", SmallInteger, nullable=False),
    Column("also", SmallInteger),
    Index("ix_nrm_step_reference_position", "reference", "position"),
    Index("ix_nrm_step_case_position", "case_position"),
    Index("ix_nrm_step_step_step_on", "step", "step_on"),
)

# Who referred a case, by what: whoever sees their own referral may see the decisions on it.
nrm_referrer = Table(
    "nrm_referrer",
    metadata,
    Column("case_position", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("agency", Text, nullable=False),
)

# Each case as it stands now, folded from all its steps: never for a reader who may see only some.
# `audiences` are those of its steps, a bit each, which its policy goes by.
nrm_case = Table(
    "nrm_case",
    metadata,
    Column("case_position", BigInteger, primary_key=True, autoincrement=False),
    Column("positions", ARRAY(BigInteger), nullable=False),
    Column("referred_on", Date, nullable=False),
    *(Column(name, Text) for name in DIMENSIONS),
    Column("audiences", BIT(64), nullable=False),
    Index("ix_nrm_case_referred_on", "referred_on"),
)
