"""Alembic's entry: run the migrations on the URL that the caller gives."""

from alembic import context

from repository import derived
from repository.access import tables as access
from repository.authentication import tables as authentication
from repository.database import make_engine
from repository.exports import tables as exports
from repository.glass import tables as glass
from repository.notices import tables as notices
from repository.relays import tables as relays
from repository.retention import tables as retention
from repository.review import tables as review
from repository.sanitising import tables as sanitising
from repository.saved import tables as saved
from repository.statistics import tables as statistics

# Naming them here makes the metadata whole.
TABLES = (
    access,
    authentication,
    derived,
    exports,
    glass,
    notices,
    relays,
    retention,
    review,
    sanitising,
    saved,
    statistics,
)

engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=statistics.counted.metadata)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
