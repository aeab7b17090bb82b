"""Bring the database to the newest revision."""

from alembic import command

from repository.database import alembic_config, revisions


def migrate(url: str) -> tuple[str | None, str | None]:
    """Migrate and return (revision before, revision after). Raises UnavailableError."""
    before, _ = revisions(url)
    command.upgrade(alembic_config(url), "head")
    after, _ = revisions(url)
    return before, after
