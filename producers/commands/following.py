"""What commands share that show UKHTC's word on an agency's events: the outbox, and each change."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intelbus.errors import ConfigurationError

if TYPE_CHECKING:
    from intelbus.publishing.outbox import Outbox
    from intelbus.settings import Settings

PAUSE = 2.0

Row = dict[str, Any]


def open_outbox(settings: "Settings") -> "Outbox":
    """Return the agency's outbox, to look into and to keep what arrives.

    Raises ConfigurationError when there is none.
    """
    from intelbus.publishing.outbox import OUTBOX_FILE, Outbox

    path = settings.agency_home() / OUTBOX_FILE
    if not path.is_file():
        raise ConfigurationError(
            "there is no outbox here: nothing was published yet",
            subject=str(path),
            hint="is INTELBUS_HOME right? otherwise publish with `intelbus publish FILE`",
        )
    return Outbox(path, settings.require_agency(), publishing=False)


def show_changes(
    fetch: Callable[[], list[Row]],
    key: str,
    show: Callable[[list[Row]], None],
    *,
    follow: bool,
) -> list[Row]:
    """Fetch rows and show them, by `key` each again when it changes; return the last ones.

    With `follow` it goes on, every PAUSE seconds, until interrupted.
    """
    shown: dict[str, Row] = {}
    while True:
        rows = fetch()
        show([row for row in rows if shown.get(row[key]) != row])
        shown = {row[key]: row for row in rows}
        if not follow:
            return rows
        time.sleep(PAUSE)
