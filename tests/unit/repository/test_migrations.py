"""The migrations form one line, and their files are named so that the newest can be told."""

from alembic.script import ScriptDirectory

from repository.database import MIGRATIONS
from repository.migrate import alembic_config


def test_the_newest_migration_is_the_last_by_its_file_s_name() -> None:
    scripts = ScriptDirectory.from_config(alembic_config("postgresql://nowhere"))
    files = sorted(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py"))
    line = [one.revision for one in reversed(list(scripts.walk_revisions()))]
    assert [name[:4] for name in files] == line
    assert scripts.get_heads() == [line[-1]]
