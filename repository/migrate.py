"""Bring the database to the newest revision."""

from alembic import command
from alembic.config import Config

from repository.database import MIGRATIONS, revisions


def alembic_config(url: str) -> Config:
    """Return alembic's configuration for the migrations of this package."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> tuple[str | None, str | None]:
    """Migrate and return (revision before, revision after). Raises UnavailableError."""
    before, _ = revisions(url)
    command.upgrade(alembic_config(url), "head")
    after, _ = revisions(url)
    return before, after
