"""`ukhtc serve` on real sockets: its end, its TLS, agencies' certificates, its bounds."""

import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import trustme

from repository.api.bounds import LARGEST
from repository.authentication.certificates import keep_certificate, remove_certificate, subject_in
from tests.support.interface import (
    PURPOSE,
    Interface,
    bearer_for,
    client_of,
    make_reader,
    serving,
)
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_reader(connection, "gla-machine", organisation="gla")
        yield connection


@dataclass
class Certificates:
    """Two authorities, of which the server trusts one with clients; where their files are."""

    folder: Path
    server: trustme.CA
    agencies: trustme.CA

    def client(self, name: str, *, of: trustme.CA | None = None) -> Path:
        """Return a PEM with a client's key and certificate."""
        path = self.folder / f"{name}.pem"
        made = (of or self.agencies).issue_cert(f"{name}.example", common_name=name)
        made.private_key_and_cert_chain_pem.write_to_path(str(path))
        return path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("tls"), trustme.CA(), trustme.CA())
    issued = made.server.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(str(made.folder / "server.key"))
    issued.cert_chain_pems[0].write_to_path(str(made.folder / "server.pem"))
    made.agencies.cert_pem.write_to_path(str(made.folder / "agencies.pem"))
    return made


def options(certificates: Certificates) -> list[str]:
    folder = certificates.folder
    return ["--tls-certificate", str(folder / "server.pem"), "--tls-key",
            str(folder / "server.key"), "--client-ca", str(folder / "agencies.pem")]  # fmt: skip


def trusting(certificates: Certificates, client: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    certificates.server.configure_trust(context)
    if client is not None:
        context.load_cert_chain(client)
    return context


@pytest.fixture(scope="module")
def secure(
    database_url: str, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Interface]:
    """A server with TLS."""
    home = tmp_path_factory.mktemp("secure")
    with serving(database_url, home, *options(certificates)) as interface:
        yield interface


@pytest.fixture(scope="module", autouse=True)
def silent(interface: Interface) -> Iterator[socket.socket]:
    """A connection on which nothing is said, opened before the other tests: it is ten seconds until
    a server has waited long enough for a first request.
    """
    url = httpx2.URL(interface.url)
    with socket.create_connection((url.host, url.port or 0), timeout=30) as connected:
        yield connected


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_with_0(
    connection: psycopg.Connection[Any], database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    with serving(database_url, tmp_path) as interface:
        assert httpx2.get(f"{interface.url}/subjects").status_code == 200
        interface.process.send_signal(number)
        assert interface.process.wait(30) == 0


def test_a_request_under_way_is_answered_before_it_ends(
    connection: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    token = bearer_for(connection, "gla-machine")
    with serving(database_url, tmp_path) as interface:
        host, port = httpx2.URL(interface.url).host, httpx2.URL(interface.url).port
        with (
            psycopg.connect(database_url) as other,
            socket.create_connection((host, port or 0)) as ours,
        ):
            other.execute("LOCK TABLE login_session IN ACCESS EXCLUSIVE MODE")
            head = f"GET /v1/sessions/current HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}"
            ours.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            wait_until(lambda: connection.execute(waiting).fetchone() != (0,))
            interface.process.send_signal(signal.SIGTERM)
            wait_until(lambda: _refuses(host, port or 0), what="no new connections")
            other.rollback()
            answer = b""
            while chunk := ours.recv(4096):
                answer += chunk
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert interface.process.wait(30) == 0


def _refuses(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return True
    return False


def test_an_agencys_machine_comes_with_its_certificate(
    connection: psycopg.Connection[Any], certificates: Certificates, secure: Interface
) -> None:
    enrolled, other = certificates.client("gla"), certificates.client("unknown")
    forged = certificates.client("forged-gla", of=trustme.CA())
    subject = subject_in(enrolled)
    keep_certificate(connection, subject, "gla-machine")
    current = f"{secure.url}/v1/sessions/current"
    assert current.startswith("https://")

    def ask(client: Path | None, **headers: str) -> httpx2.Response:
        return httpx2.get(current, verify=trusting(certificates, client), headers=headers)

    who = ask(enrolled, **{"Intelbus-Purpose": PURPOSE}).json()
    assert (who["reader"], who["organisation"]) == ("gla-machine", "gla")
    assert who["credential"] == f"certificate {subject}"
    assert ask(other).status_code == 401
    assert ask(None).status_code == 401
    # Without a certificate people come in with their token, and the certificate gives way.
    token = bearer_for(connection, "gla-machine", "OP/PERSON")
    for client in (None, other):
        answer = ask(client, Authorization=f"Bearer {token}")
        assert answer.json()["purpose"] == "OP/PERSON"
        assert "max-age" in answer.headers["strict-transport-security"]
    with pytest.raises((httpx2.HTTPError, ssl.SSLError)):
        ask(forged)
    remove_certificate(connection, subject)
    assert ask(enrolled).status_code == 401


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(
    certificates: Certificates, secure: Interface, version: ssl.TLSVersion
) -> None:
    context = trusting(certificates)
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(secure.url, verify=context)


def test_requests_are_bounded_in_size_time_and_number(
    connection: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    rates = {"INTELBUS_RATE_READER": "3/minute", "INTELBUS_RATE_ADDRESS": "15/minute"}
    token = bearer_for(connection, "gla-machine")
    with (
        serving(database_url, tmp_path, **rates) as interface,
        client_of(interface.url, token) as c,
    ):
        large = c.post("/v1/sessions", content=b"x" * (LARGEST + 1))
        assert (large.status_code, large.json()["title"]) == (413, "Request Entity Too Large")
        streamed = c.post("/v1/sessions", content=(b"x" * 1024 for _ in range(LARGEST // 1024 + 1)))
        assert streamed.status_code == 413
        asked = [c.get("/v1/sessions/current") for _ in range(4)]
        assert [one.status_code for one in asked] == [200] * 3 + [429]
        assert 1 <= int(asked[-1].headers["retry-after"]) <= 61
        assert asked[-1].headers["content-type"] == "application/problem+json"
        others = [c.get("/v1/nothing").status_code for _ in range(11)]
        assert others == [404] * 9 + [429] * 2


def test_every_answer_says_what_a_browser_may_do_with_it(interface: Interface) -> None:
    for path in ("/v1/sessions/current", "/v1/nothing", "/subjects", "/v1/openapi.json"):
        headers = httpx2.get(interface.url + path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
    astray = httpx2.get(interface.url + "/v1/search/", headers={"host": "elsewhere.example"})
    assert (astray.status_code, "location" in astray.headers) == (404, False)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--host", "0.0.0.0"], 3),
        (["--client-ca", "{pem}"], 3),
        (["--tls-certificate", "{pem}"], 3),
        (["--tls-certificate", "{pem}", "--tls-key", "{pem}"], 3),
    ],
)
def test_what_cannot_be_served_is_said(
    connection: psycopg.Connection[Any],
    database_url: str,
    certificates: Certificates,
    words: list[str],
    status: int,
) -> None:
    pem = str(certificates.folder / "agencies.pem")
    program = "from consumers.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", *(word.format(pem=pem) for word in words)]
    environment = {"INTELBUS_DATABASE_URL": database_url, "PATH": "/usr/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, "error:" in done.stderr) == (status, True), done.stderr


def test_who_says_nothing_is_not_waited_for(silent: socket.socket) -> None:
    assert silent.recv(1) == b""  # closed by the server, which waited for a first request
