"""Alembic's entry: run the migrations on the URL that the caller gives."""

from alembic import context

from repository import derived
from repository.database import make_engine
from repository.statistics import tables as statistics

# Naming them here makes the metadata whole.
TABLES = (derived, statistics)

engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=statistics.counted.metadata)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
