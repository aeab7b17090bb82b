"""People by OpenID Connect: a real provider in a process of its own, and what it may not do."""

from collections.abc import Iterator
from typing import Any

import httpx2
import psycopg
import pytest

from repository.authentication.errors import LoginRefusedError
from repository.authentication.identities import Pending, keep_identity, remove_identity
from repository.authentication.provider import SOONEST, Provider
from tests.support.interface import PURPOSE, Interface, make_reader, provider_running, serving
from tests.support.openid_provider import CLIENT, SECRET, SUBJECT

PUBLIC = "http://localhost:9"
CALLBACK = f"{PUBLIC}/v1/oidc/callback"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider_running() as issuer:
        yield issuer


@pytest.fixture(autouse=True)
def behaves(issuer: str) -> None:
    httpx2.post(f"{issuer}/misbehave", json={})


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_reader(connection, "olu")
        yield connection


@pytest.fixture(scope="module")
def interface(
    connection: psycopg.Connection[Any],
    database_url: str,
    issuer: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Interface]:
    keep_identity(connection, issuer, SUBJECT, "olu")
    environment = {
        "INTELBUS_OIDC_ISSUER": issuer,
        "INTELBUS_OIDC_CLIENT_ID": CLIENT,
        "INTELBUS_OIDC_CLIENT_SECRET": SECRET,
        "INTELBUS_PUBLIC_URL": PUBLIC,
    }
    with serving(database_url, tmp_path_factory.mktemp("serve"), **environment) as interface:
        yield interface


def begun(interface: Interface) -> tuple[str, dict[str, str]]:
    """Begin a login; return where the provider sends the browser back to, and its cookie."""
    asked = httpx2.get(f"{interface.url}/v1/oidc/login", params={"purpose": PURPOSE})
    assert asked.status_code == 302
    kept = asked.headers["set-cookie"]
    assert all(word in kept for word in ("HttpOnly", "Secure", "SameSite=lax"))
    back = httpx2.get(asked.headers["location"])
    address = back.headers["location"].replace(PUBLIC, interface.url)
    return address, {"Cookie": kept.partition(";")[0]}


def test_a_person_whom_the_provider_knows_is_let_in(interface: Interface) -> None:
    address, cookie = begun(interface)
    answer = httpx2.get(address, headers=cookie, timeout=30)
    assert answer.status_code == 200
    assert (answer.json()["reader"], answer.json()["purpose"]) == ("olu", PURPOSE)
    session = answer.headers["set-cookie"].partition(";")[0]
    who = httpx2.get(f"{interface.url}/v1/sessions/current", headers={"Cookie": session}).json()
    assert (who["reader"], who["purpose"]) == ("olu", PURPOSE)
    assert who["credential"].endswith(SUBJECT)


def test_an_answer_serves_once_and_only_the_browser_that_began(interface: Interface) -> None:
    address, cookie = begun(interface)
    stranger = {"Cookie": "__Host-intelbus-login=stolen"}
    for headers in ({}, stranger):
        assert httpx2.get(address, headers=headers).status_code == 401
    assert httpx2.get(address, headers=cookie, timeout=30).status_code == 200
    assert httpx2.get(address, headers=cookie).status_code == 401
    changed = address.replace("state=", "state=x")
    assert httpx2.get(changed, headers=cookie).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": {"iss": "https://elsewhere.example"}},
        {"claims": {"aud": "another client"}},
        {"claims": {"aud": ["another client"]}},
        {"claims": {"aud": ["intelbus", "another client"], "azp": "another client"}},
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"exp": 1}},
        {"claims": {"nbf": 2**40}},
        {"claims": {"at_hash": "AAAA"}},
        {"claims": {"sub": None}},
        {"signature": "none"},
        {"signature": "hmac"},
        {"signature": "stranger"},
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    interface: Interface, issuer: str, wrong: dict[str, Any]
) -> None:
    httpx2.post(f"{issuer}/misbehave", json=wrong)
    address, cookie = begun(interface)
    answer = httpx2.get(address, headers=cookie, timeout=30)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)


def test_a_code_without_its_verifier_is_worth_nothing(interface: Interface, issuer: str) -> None:
    address, _ = begun(interface)
    stolen = httpx2.URL(address).params["code"]
    form = {"code": stolen, "redirect_uri": CALLBACK, "grant_type": "authorization_code"}
    answer = httpx2.post(f"{issuer}/token", data=form, auth=(CLIENT, SECRET))
    assert answer.json() == {"error": "invalid_grant"}


def test_somebody_the_provider_knows_and_we_do_not(
    interface: Interface, issuer: str, connection: psycopg.Connection[Any]
) -> None:
    assert remove_identity(connection, issuer, SUBJECT)
    address, cookie = begun(interface)
    assert httpx2.get(address, headers=cookie, timeout=30).status_code == 401
    keep_identity(connection, issuer, SUBJECT, "olu")


def test_the_provider_may_change_its_keys_and_is_not_asked_too_often(issuer: str) -> None:
    moments = [0.0]
    provider = Provider(issuer, CLIENT, SECRET, CALLBACK, clock=lambda: moments[0])

    def subject() -> str:
        pending = Pending("state", "browser", "nonce", "verifier" * 8, PURPOSE)
        back = httpx2.get(provider.address(pending)).headers["location"]
        return provider.subject(httpx2.URL(back).params["code"], pending)

    def served() -> int:
        return int(httpx2.get(f"{issuer}/keys-served").json())

    before = served()
    assert [subject(), subject()] == [SUBJECT, SUBJECT]
    assert served() - before == 1
    httpx2.post(f"{issuer}/rotate")
    with pytest.raises(LoginRefusedError):  # asked only just now
        subject()
    assert served() - before == 1
    moments[0] += SOONEST
    assert subject() == SUBJECT
    assert served() - before == 2


def test_a_provider_that_is_away_is_said_to_be(database_url: str, tmp_path: Any) -> None:
    environment = {"INTELBUS_OIDC_ISSUER": "http://127.0.0.1:9", "INTELBUS_PUBLIC_URL": PUBLIC}
    with serving(database_url, tmp_path, **environment) as interface:
        answer = httpx2.get(f"{interface.url}/v1/oidc/login", params={"purpose": PURPOSE})
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
