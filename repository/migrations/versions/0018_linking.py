"""Weighed pairs of descriptions instead of shared identifiers; records are linked anew."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Pairs that wait for a person: above the review bar (closure.REVIEW_BAR) and in two entities. Each
# pair of descriptions is shown by its oldest records that are apart; a pair of one description by
# two of its records that stay apart (a victim's, of two agencies).
REVIEW = """
CREATE VIEW review_candidate AS
WITH pair AS (
    SELECT a, b, weight FROM edge WHERE weight >= -3
    UNION ALL
    SELECT d.number, d.number, d.own FROM description d
    WHERE d.kind = 'person' AND d.own >= -3 AND EXISTS (
        SELECT FROM record r JOIN record s ON s.description = r.description
        WHERE r.description = d.number
          AND (r.entity_position, r.entity_ordinal) < (s.entity_position, s.entity_ordinal)
    )
)
SELECT r.a_position, r.a_ordinal, r.b_position, r.b_ordinal, r.kind, p.weight,
       1 / (1 + power(2::double precision, -p.weight)) AS probability, r.victim
FROM pair p CROSS JOIN LATERAL (
    SELECT x.kind, x.victim OR y.victim AS victim,
           CASE WHEN (x.position, x.ordinal) < (y.position, y.ordinal) THEN x.position
                ELSE y.position END AS a_position,
           CASE WHEN (x.position, x.ordinal) < (y.position, y.ordinal) THEN x.ordinal
                ELSE y.ordinal END AS a_ordinal,
           CASE WHEN (x.position, x.ordinal) < (y.position, y.ordinal) THEN y.position
                ELSE x.position END AS b_position,
           CASE WHEN (x.position, x.ordinal) < (y.position, y.ordinal) THEN y.ordinal
                ELSE x.ordinal END AS b_ordinal
    FROM record x JOIN record y
      ON (x.entity_position, x.entity_ordinal) <> (y.entity_position, y.entity_ordinal)
     AND (p.a <> p.b OR (x.position, x.ordinal) < (y.position, y.ordinal))
    WHERE x.description = p.a AND y.description = p.b
    ORDER BY (x.victim OR y.victim) DESC, x.position, x.ordinal, y.position, y.ordinal
    LIMIT 1
) r
WHERE NOT EXISTS (
    SELECT FROM judgement j
    WHERE j.a_position = r.a_position AND j.a_ordinal = r.a_ordinal
      AND j.b_position = r.b_position AND j.b_ordinal = r.b_ordinal
)
"""


# Policies bind everybody but the owner: as which ingest and the stages work, by COPY, which
# PostgreSQL refuses under a policy. Where they may bypass policies anyway, the owner is bound too.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE {} FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""


def _described(number: str) -> str:
    """A query for one row: a description is known by a record that is seen."""
    return f"(SELECT true FROM record seen WHERE seen.description = {number} LIMIT 1)"  # noqa: S608


# What nobody's visible record says is not there; a pair is there if both its sides are.
POLICIES = {
    "description": _described("description.number"),
    "edge": f"{_described('edge.a')} AND {_described('edge.b')}",
}


def upgrade() -> None:
    # What was derived is derived again from the log; the words of people stay.
    op.execute("TRUNCATE record, posting, entity_redirect")
    op.execute("DELETE FROM judgement WHERE judge = 'linker'")
    op.execute("DELETE FROM stage_cursor WHERE stage = 'linker'")
    op.drop_table("record_key")
    op.add_column("record", sa.Column("description", sa.BigInteger(), nullable=False))
    op.create_index("ix_record_description", "record", ["description"])
    op.create_table(
        "description",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("own", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_description")),
    )
    op.create_table(
        "link_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("description", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "description", name=op.f("pk_link_key")),
    )
    op.create_table(
        "stop_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stop_key")),
    )
    op.create_table(
        "edge",
        sa.Column("a", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("b", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("a", "b", name=op.f("pk_edge")),
    )
    op.create_index("ix_edge_b_a", "edge", ["b", "a"])
    op.execute(REVIEW)
    op.execute("GRANT SELECT ON description, edge TO intelbus_reader")
    for table, condition in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(FORCE.format(table))
        op.execute(
            f"CREATE POLICY reads ON {table} FOR SELECT TO intelbus_reader USING ({condition})"
        )
