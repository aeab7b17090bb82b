"""Searches read the index of terms alone: filters are terms, and the index says who may read."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UPGRADE = (
    "UPDATE posting SET term = ':' || term WHERE term LIKE 'exploitation:%'",
    # As repository/linking/filter_terms.py writes them.
    """INSERT INTO posting (term, position, ordinal, access_class)
    SELECT f.term, l.position, -1, 128 * o.number + l.audience
    FROM event_log l JOIN originator o USING (agency)
    JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
    CROSS JOIN LATERAL (VALUES
        (':kind:' || e.kind), (':agency:' || e.agency), (':marking:' || e.marking),
        (':urgency:' || e.urgency), (':day:' || (e.reported_at AT TIME ZONE 'UTC')::date),
        (':grade:' || upper(concat(e.source_grade, e.information_grade, e.handling)))
    ) AS f(term)
    WHERE l.position IN (SELECT position FROM posting)""",
    """INSERT INTO posting (term, position, ordinal, access_class)
    SELECT f.term, r.position, r.ordinal,
           128 * o.number + l.audience + CASE WHEN r.sensitive THEN 64 ELSE 0 END
    FROM record r JOIN event_log l USING (position) JOIN originator o ON o.agency = l.agency
    CROSS JOIN LATERAL (VALUES (':kind:' || r.kind), (':role:' || r.role)) AS f(term)""",
    "ALTER TABLE posting DROP CONSTRAINT pk_posting",
    """ALTER TABLE posting ADD CONSTRAINT pk_posting PRIMARY KEY (term, position, ordinal)
    INCLUDE (access_class)""",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
