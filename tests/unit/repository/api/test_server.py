"""The listening socket of the HTTP interface."""

import socket

import pytest

from intelbus.errors import ConfigurationError
from repository.api.server import listen


def test_no_answer_waits_until_its_head_is_acknowledged() -> None:
    with listen("127.0.0.1", 0) as listening:
        address = listening.getsockname()
        with socket.create_connection(address), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_port_that_is_taken_is_said() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match="cannot listen") as told:
            listen("127.0.0.1", port)
    assert told.value.subject == f"127.0.0.1:{port}"
