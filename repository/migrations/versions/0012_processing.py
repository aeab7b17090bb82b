"""Erasures in the record of processing; decisions for who may see the referral that they are on."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


# As in 0010.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE erasure FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""


ORGANISATION = "(SELECT current_setting('intelbus.organisation', true))"
CLEARANCE = "(SELECT nullif(current_setting('intelbus.clearance', true), '')::integer)"
REFERRERS = (
    "DROP POLICY reads ON nrm_step",
    "DROP TABLE nrm_referrer",
    """CREATE TABLE nrm_referrer (case_position bigint NOT NULL, position bigint NOT NULL,
    agency text NOT NULL, CONSTRAINT pk_nrm_referrer PRIMARY KEY (case_position, position))""",
    """INSERT INTO nrm_referrer (case_position, position, agency)
    SELECT case_position, position, agency FROM nrm_step WHERE step = 'referred'""",
    "GRANT SELECT ON nrm_referrer TO intelbus_reader",
    "ALTER TABLE nrm_referrer ENABLE ROW LEVEL SECURITY",
    FORCE.replace("erasure", "nrm_referrer"),
    """CREATE POLICY reads ON nrm_referrer FOR SELECT TO intelbus_reader USING (
    agency = {organisation}
    AND (SELECT true FROM event_log seen WHERE seen.position = nrm_referrer.position))""",
    """CREATE POLICY reads ON nrm_step FOR SELECT TO intelbus_reader USING ({visible} OR (
    decision IS NOT NULL AND (audience & 7) <= {clearance}
    AND (SELECT true FROM nrm_referrer mine WHERE mine.case_position = nrm_step.case_position
         LIMIT 1)))""",
)
# As in 0010.
RIGHTS = "(SELECT nullif(current_setting('intelbus.rights', true), '')::bit varying)"
OWN = f"CASE WHEN nrm_step.agency = {ORGANISATION} THEN 128 ELSE 0 END"
VISIBLE = f"""(get_bit({RIGHTS}, audience + {OWN}) = 1
    AND (also IS NULL OR get_bit({RIGHTS}, also + {OWN}) = 1))"""


def upgrade() -> None:
    for statement in REFERRERS:
        whole = statement.replace("{visible}", VISIBLE).replace("{clearance}", CLEARANCE)
        op.execute(whole.replace("{organisation}", ORGANISATION))
    op.execute("GRANT SELECT ON erasure TO intelbus_reader")
    op.execute("ALTER TABLE erasure ENABLE ROW LEVEL SECURITY")
    op.execute(FORCE)
    op.execute(
        "CREATE POLICY reads ON erasure FOR SELECT TO intelbus_reader"
        " USING ((SELECT current_setting('intelbus.everything', true) = 'on'))"
    )
