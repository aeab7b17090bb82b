"""A trust registry in a store, as the centre publishes it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from consumers.authority.office import Office
from intelbus.enrolment import make_request
from intelbus.keys import SigningKey
from intelbus.trust_files import pinned_authority
from repository.registry import keep


def keep_agencies(
    connection: psycopg.Connection[Any], home: Path, agencies: Mapping[str, str]
) -> None:
    """Found the centre's authority in `home`, enrol agencies by code and type, and keep that."""
    now = datetime.now(UTC)
    office = Office.found(home, now=now)
    for code, agency_type in agencies.items():
        request = make_request(code, SigningKey.generate(), contact="duty@example.org", now=now)
        office.enrol(request, name=f"The {code}", agency_type=agency_type, kinds=["all"], now=now)
    _, signed = office.publish(now=now)
    keep(connection, signed, pinned_authority(home), now=now)
