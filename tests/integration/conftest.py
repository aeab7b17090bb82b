"""What tests of the store share: the HTTP interface over it."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.interface import Interface, serving


@pytest.fixture(scope="module")
def interface(
    connection: psycopg.Connection[Any],
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Interface]:
    """The HTTP interface over what the module's own `connection` has filled."""
    with serving(database_url, tmp_path_factory.mktemp("serve")) as interface:
        yield interface
