"""Tables of what people decided about records. Only ever added to.

`judgement` holds the words that stand, for the linker; these say who gave them, when and why.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, SmallInteger, Table, Text

from repository.tables import NOW, Moment, metadata

review_decision = Table(
    "review_decision",
    metadata,
    Column("decision_no", BigInteger, Identity(), primary_key=True),
    # pair, split or undo
    Column("kind", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Moment, nullable=False, server_default=NOW),
    Column("because", Text, nullable=False),
    # A decision is undone once at most.
    Column("undoes", BigInteger, ForeignKey("review_decision.decision_no"), unique=True),
)

# What a decision said of each pair, a before b: the same (1), not the same (-1), unsure (0).
review_word = Table(
    "review_word",
    metadata,
    Column("decision_no", BigInteger, ForeignKey("review_decision.decision_no"), primary_key=True),
    Column("a_position", BigInteger, primary_key=True, autoincrement=False),
    Column("a_ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("b_position", BigInteger, primary_key=True, autoincrement=False),
    Column("b_ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("verdict", SmallInteger, nullable=False),
    Index("ix_review_word_a_position_a_ordinal", "a_position", "a_ordinal"),
    Index("ix_review_word_b_position_b_ordinal", "b_position", "b_ordinal"),
)
