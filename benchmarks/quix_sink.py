"""Run in the Quix environment: `python quix_sink.py`, settings from a JSON argument.

One process of a consumer group; stores each message's fields in a table with upsert.
"""

import json
import sys
from base64 import b64decode
from typing import Any

from quixstreams import Application
from quixstreams.sinks.community.postgresql import PostgreSQLSink


def main(given: dict[str, Any]) -> None:
    """Consume until told to stop."""
    application = Application(
        broker_address=given["kafka"],
        consumer_group=given["group"],
        auto_offset_reset="earliest",
        commit_every=given["batch"],
        # not five seconds (its default) for the last, smaller batch; full ones come more often
        commit_interval=0.5,
        auto_create_topics=False,
        state_dir=given["state"],
        consumer_extra_config={"fetch.min.bytes": 65536},
        loglevel="WARNING",
    )
    sink = PostgreSQLSink(
        **given["database"],
        table_name=given["table"],
        primary_key_columns=given["primary_key"],
        upsert_on_primary_key=True,
        schema_auto_update=False,
        include_metadata=False,
    )
    bytes_columns = given["bytes_columns"]

    def read(value: dict[str, Any]) -> dict[str, Any]:
        for name in bytes_columns:
            value[name] = b64decode(value[name])
        return value

    topic = application.topic(given["topic"], value_deserializer="json")
    application.dataframe(topic).apply(read).sink(sink)
    application.run()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
