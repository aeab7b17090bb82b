"""The OpenID provider: its addresses and keys, where to send people, what its answer proves.

OpenID Connect Core 1.0 (authorization code flow) with PKCE (RFC 7636, S256).
"""

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from intelbus.errors import UnavailableError
from repository.authentication.errors import LoginRefusedError
from repository.authentication.identities import Pending

# Public keys only: with an HMAC "key" anybody who knows the provider's public key could sign.
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
KEPT = 3600.0
"""Seconds for which addresses and keys are used without asking again."""
SOONEST = 10.0
"""An unknown key makes us ask for the keys anew, but not more often than this, in seconds."""
LEEWAY = 60
TIMEOUT = 10.0


class ProviderUnavailableError(UnavailableError):
    """The OpenID provider did not answer as one should."""


class Provider:
    """One provider, whose addresses and keys are read when they are first needed."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        redirect_uri: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._lock = Lock()
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetched_at: float | None = None

    def address(self, pending: Pending) -> str:
        """Return where to send the browser that begins a login."""
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._published()["authorization_endpoint"],
                state=pending.state,
                code_verifier=pending.verifier,
                nonce=pending.nonce,
            )
        return str(url)

    def subject(self, code: str, pending: Pending) -> str:
        """Return the subject that a code stands for, after every check of its ID token.

        Raises LoginRefusedError when the provider refuses the code or its token does not hold,
        ProviderUnavailableError when it does not answer.
        """
        endpoint = self._published()["token_endpoint"]
        try:
            with self._client() as client:
                answer = client.fetch_token(
                    endpoint,
                    code=code,
                    grant_type="authorization_code",
                    code_verifier=pending.verifier,
                )
        except AuthlibBaseError as error:
            raise LoginRefusedError("the provider refused the login") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderUnavailableError from error
        return self._verified(answer, pending.nonce)

    def _verified(self, answer: Mapping[str, Any], nonce: str) -> str:
        try:
            text = str(answer["id_token"])
            try:
                token = self._decoded(text)
            except InvalidKeyIdError:  # the provider may have changed its keys
                self._fetch(unless_younger=SOONEST)
                token = self._decoded(text)
            options = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
                "nonce": {"essential": True, "value": nonce},
            }
            params = {"nonce": nonce, "client_id": self._client_id,
                      "access_token": answer.get("access_token")}  # fmt: skip
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(leeway=LEEWAY)
            return str(claims["sub"])
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise LoginRefusedError("the provider's token does not hold") from error

    def _decoded(self, text: str) -> jwt.Token:
        self._published()
        assert self._keys is not None  # noqa: S101  (what is published has keys)
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        return jwt.decode(text, self._keys, registry=registry)

    def _published(self) -> Mapping[str, Any]:
        self._fetch(unless_younger=KEPT)
        return self._metadata

    def _fetch(self, *, unless_younger: float) -> None:
        with self._lock:
            now = self._clock()
            if self._fetched_at is not None and now - self._fetched_at < unless_younger:
                return
            try:
                with httpx2.Client(timeout=TIMEOUT) as client:
                    found = client.get(get_well_known_url(self.issuer, external=True))
                    metadata = OpenIDProviderMetadata(found.raise_for_status().json())
                    if metadata.get("issuer") != self.issuer:
                        raise ValueError("another issuer")
                    keys = client.get(metadata["jwks_uri"]).raise_for_status().json()
                self._keys = KeySet.import_key_set(keys)
            except (httpx2.HTTPError, ValueError, KeyError, JoseError) as error:
                raise ProviderUnavailableError(
                    subject=self.issuer, hint="is INTELBUS_OIDC_ISSUER right, and does it answer?"
                ) from error
            self._metadata, self._fetched_at = metadata, now

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self._client_id,
            self._client_secret,
            scope="openid",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
            timeout=TIMEOUT,
        )
