"""Local accounts over real HTTP: letting in, keeping out, telling nothing, ending."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from repository.access.accounts import remove_reader
from repository.api.caller import COOKIE
from repository.authentication.attempts import WAITS
from tests.support.interface import (
    PASSWORD,
    PURPOSE,
    Interface,
    bearer_for,
    client_of,
    code_of,
    make_account,
    make_reader,
)


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def secret(connection: psycopg.Connection[Any], interface: Interface) -> Iterator[str]:
    """An account named ana; the secret of its codes. It is gone after the test."""
    make_reader(connection, "ana")
    yield make_account(connection, interface.home, "ana")
    connection.execute("TRUNCATE account, login_session, login_attempt; DELETE FROM reader")


def login(interface: Interface, **over: Any) -> httpx2.Response:
    body = {"name": "ana", "password": PASSWORD, "purpose": PURPOSE} | over
    return httpx2.post(f"{interface.url}/v1/sessions", json=body, timeout=30)


def test_a_session_begins_says_who_it_is_and_ends(interface: Interface, secret: str) -> None:
    opened = login(interface, code=code_of(secret))
    assert opened.status_code == 201
    assert "set-cookie" not in opened.headers
    with client_of(interface.url, opened.json()["token"]) as client:
        who = client.get("/v1/sessions/current").json()
        assert (who["reader"], who["organisation"], who["purpose"]) == ("ana", "ukhtc", PURPOSE)
        other = client.get("/v1/sessions/current", headers={"Intelbus-Purpose": "OP/OTHER"})
        assert other.json()["purpose"] == "OP/OTHER"
        assert client.delete("/v1/sessions/current").status_code == 204
        ended = client.get("/v1/sessions/current")
    assert (ended.status_code, ended.headers["www-authenticate"]) == (
        401,
        'Bearer realm="intelbus"',
    )


def test_a_code_serves_once(interface: Interface, secret: str) -> None:
    code = code_of(secret)
    assert login(interface, code=code).status_code == 201
    assert login(interface, code=code).status_code == 401
    assert login(interface, code=code_of(secret, steps=-1)).status_code == 401
    assert login(interface, code=code_of(secret, steps=1)).status_code == 201


def test_whatever_is_wrong_the_answer_is_the_same(interface: Interface, secret: str) -> None:
    wrong = {
        "password": login(interface, code=code_of(secret), password="x" * 20),
        "code": login(interface, code="000000"),
        "name": login(interface, code=code_of(secret), name="nobody"),
        "all": login(interface, code="000000", name="nobody", password="y"),
    }
    answers = {(one.status_code, one.content) for one in wrong.values()}
    assert len(answers) == 1, answers
    headers = {tuple(sorted(set(one.headers) - {"date"})) for one in wrong.values()}
    assert len(headers) == 1


def test_guessing_is_slowed_down_alike_for_a_name_that_exists_and_one_that_does_not(
    interface: Interface, secret: str, connection: psycopg.Connection[Any]
) -> None:
    allowed = WAITS[1][0]
    for name in ("ana", "nobody"):
        found = [login(interface, code="000000", name=name) for _ in range(allowed + 1)]
        assert [one.status_code for one in found] == [401] * allowed + [429]
        assert 1 <= int(found[-1].headers["retry-after"]) <= WAITS[1][1] + 1
    # Not even the right one counts while the name is blocked; afterwards it does.
    assert login(interface, code=code_of(secret)).status_code == 429
    connection.execute("UPDATE login_attempt SET blocked_until = clock_timestamp()")
    assert login(interface, code=code_of(secret)).status_code == 201
    assert connection.execute("SELECT count(*) FROM login_attempt").fetchone() == (1,)


def test_guesses_at_once_all_count(interface: Interface, secret: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: login(interface, code="000000").status_code, range(12)))
    assert sorted(found) == [401] * 5 + [429] * 7


def test_a_browser_gets_a_cookie_and_must_show_that_a_page_of_ours_asks(
    interface: Interface, secret: str
) -> None:
    opened = login(interface, code=code_of(secret), cookie=True)
    assert opened.json()["token"] is None
    kept = opened.headers["set-cookie"]
    for attribute in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert attribute in kept
    token = kept.partition("=")[2].partition(";")[0]
    browser = {"Cookie": f"{COOKIE}={token}"}
    current = f"{interface.url}/v1/sessions/current"
    assert httpx2.get(current, headers=browser).status_code == 200
    assert httpx2.delete(current, headers=browser).status_code == 403
    forged = browser | {"Intelbus-Form-Token": token}
    assert httpx2.delete(current, headers=forged).status_code == 403
    shown = browser | {"Intelbus-Form-Token": opened.json()["form_token"]}
    assert httpx2.delete(current, headers=shown).status_code == 204
    assert httpx2.get(current, headers=browser).status_code == 401


def test_sessions_end_by_time_and_by_idleness(
    interface: Interface, secret: str, connection: psycopg.Connection[Any]
) -> None:
    for ending in (
        "expires_at = clock_timestamp() - interval '1 second'",
        "used_at = clock_timestamp() - interval '31 minutes'",
    ):
        with client_of(interface.url, bearer_for(connection, "ana")) as client:
            assert client.get("/v1/sessions/current").status_code == 200
            connection.execute(f"UPDATE login_session SET {ending}")
            assert client.get("/v1/sessions/current").status_code == 401


def test_a_reader_who_may_read_no_more_is_let_in_nowhere(
    interface: Interface, secret: str, connection: psycopg.Connection[Any]
) -> None:
    with client_of(interface.url, bearer_for(connection, "ana")) as client:
        remove_reader(connection, "ana")
        assert client.get("/v1/sessions/current").status_code == 401
    assert login(interface, code=code_of(secret)).status_code == 401


def test_the_command_line_keeps_accounts(
    interface: Interface,
    connection: psycopg.Connection[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INTELBUS_DATABASE_URL", database_url)
    monkeypatch.setenv("INTELBUS_CENTRE_HOME", str(interface.home))

    def ukhtc(*words: str, stdin: str | None = None) -> str:
        done = CliRunner().invoke(assemble(), words, input=stdin, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    make_reader(connection, "bo")
    address = ukhtc("account", "add", "bo", "--password-stdin", stdin=PASSWORD + "\n").strip()
    secret = address.partition("secret=")[2].partition("&")[0]
    body = {"name": "bo", "code": code_of(secret)}
    first = login(interface, **body)
    assert first.status_code == 201
    ukhtc("account", "password", "bo", "--password-stdin", stdin="another three words\n")
    with client_of(interface.url, first.json()["token"]) as client:
        assert client.get("/v1/sessions/current").status_code == 401
    body["code"] = code_of(secret, steps=1)
    assert login(interface, **body).status_code == 401
    assert login(interface, **body, password="another three words").status_code == 201
    renewed = ukhtc("account", "totp", "bo").strip()
    assert secret not in renewed
    ukhtc("account", "disable", "bo")
    secret = renewed.partition("secret=")[2].partition("&")[0]
    body["code"] = code_of(secret)
    assert login(interface, **body, password="another three words").status_code == 401
    shown = ukhtc("account", "list", "--json")
    assert '"reader": "bo"' in shown
    assert secret not in shown
    assert "argon2" not in shown


def test_no_secret_is_logged_and_none_can_be_read_back_from_the_database(
    interface: Interface, secret: str, connection: psycopg.Connection[Any], database_url: str
) -> None:
    code = code_of(secret)
    token = login(interface, code=code).json()["token"]
    httpx2.get(f"{interface.url}/v1/sessions/current", headers={"Authorization": f"Bearer {token}"})
    login(interface, code=code, password="a wrong password")
    login(interface, code="bad", password=PASSWORD)
    httpx2.get(f"{interface.url}/v1/nothing?token={token}")
    logged = interface.log_file.read_text("utf-8")
    assert "/v1/sessions" in logged
    stored = ""
    for table in ("account", "login_session", "login_attempt"):
        stored += str(connection.execute(f"SELECT t::text FROM {table} t").fetchall())
    for hidden in (PASSWORD, "a wrong password", token, secret, code):
        assert hidden not in logged
        assert hidden not in stored


def test_the_folder_of_the_key_is_not_the_database(interface: Interface) -> None:
    assert Path(interface.home / "interface.key").stat().st_mode & 0o077 == 0
