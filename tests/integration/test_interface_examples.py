"""The interface against its own description: whatever is sent, no 5xx and no answer undescribed.

Some examples an operation here; `make fuzz-api` sends many (INTELBUS_API_EXAMPLES).
"""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from repository.api.app import make_app
from repository.linking.stage import link_all
from repository.sequencer import sequence_once
from repository.statistics.stage import count_all
from tests.support.interface import PURPOSE, Interface, bearer_for, make_reader
from tests.support.registries import keep_agencies
from tests.support.store import store_event

EXAMPLES = int(os.environ.get("INTELBUS_API_EXAMPLES", "5"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]
ROLES = (
    "analyst", "victim_data", "source_data", "originator_only", "exporter", "supervisor",
    "retention",
)  # fmt: skip


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_reader(connection, "tester", clearance="top_secret", roles=ROLES)
        for kind in ("intelligence", "referral", "operation", "outcome", "missing-child"):
            store_event(connection, kind)
        store_event(connection, "intelligence", "northamptonshire")
        sequence_once(connection)
        link_all(connection)
        count_all(connection)
        yield connection


@pytest.fixture(scope="module", autouse=True)
def registry(interface: Interface, connection: psycopg.Connection[Any]) -> None:
    """Without one the centre is not ready, and says so (503)."""
    keep_agencies(connection, interface.home, {"met": "police", "poppy": "charity"})


def operations() -> list[Any]:
    """Return what the description holds, each with its name."""
    found = schemathesis.openapi.from_dict(make_app().openapi()).get_all_operations()
    return [pytest.param(one.ok(), id=one.ok().label) for one in found]


@pytest.mark.parametrize("operation", operations())
def test_no_answer_is_undescribed(
    operation: Any, interface: Interface, connection: psycopg.Connection[Any]
) -> None:
    token = bearer_for(connection, "tester")

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="INTELBUS_API_EXAMPLES" not in os.environ,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Case) -> None:
        logs_out = operation.method.upper() == "DELETE"
        bearer = bearer_for(connection, "tester") if logs_out else token
        headers = {"Authorization": f"Bearer {bearer}", "Intelbus-Purpose": PURPOSE}
        case.call_and_validate(base_url=interface.url, headers=headers, checks=CHECKS)

    holds()
