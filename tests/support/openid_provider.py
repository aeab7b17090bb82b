"""A small OpenID provider in a process of its own: real HTTP, real signatures, real PKCE.

Run as `python -m tests.support.openid_provider`: it prints its address, and answers for one client
until it is killed. `POST /misbehave` makes it break a rule from then on, `POST /rotate` change its
keys.
"""

import base64
import hmac
import json
import secrets
import socket
import time
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from fastapi import Body, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET, SUBJECT = "intelbus", "a secret of the client", "person-7"


@dataclass
class State:
    """The keys, the codes given out, and the rules that are being broken."""

    issuer: str
    keys: list[RSAKey] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)
    keys_served: int = 0

    def rotate(self) -> None:
        """Sign with a new key from now on, and publish no other."""
        self.keys = [RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})]


def make_provider(issuer: str) -> FastAPI:
    """Return the provider's application."""
    app, state = FastAPI(), State(issuer)
    state.rotate()

    @app.get("/.well-known/openid-configuration")
    def metadata() -> dict[str, Any]:
        return {
            "issuer": state.wrong.get("issuer", issuer),
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        state.keys_served += 1
        return KeySet(state.keys).as_dict(private=False)

    @app.get("/authorize")
    def authorize(request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        if asked.get("client_id") != CLIENT or asked.get("code_challenge_method") != "S256":
            raise HTTPException(400, "not this client")
        code = secrets.token_urlsafe(16)
        state.codes[code] = asked
        answer = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    @app.post("/token")
    async def exchange(request: Request, authorization: Annotated[str, Header()] = "") -> Any:
        form = dict(parse_qsl((await request.body()).decode()))
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = state.codes.pop(form.get("code", ""), None)
        if authorization != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, 401)
        challenge = create_s256_code_challenge(form.get("code_verifier", ""))
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        now = int(time.time())
        claims = {
            "iss": issuer, "sub": SUBJECT, "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "at_hash": create_half_hash(access, "RS256").decode(),
        }  # fmt: skip
        claims |= state.wrong.get("claims", {})
        return {"access_token": access, "token_type": "Bearer", "id_token": signed(claims)}

    def signed(claims: dict[str, Any]) -> str:
        key, how = state.keys[0], state.wrong.get("signature")
        if how == "none":
            parts = ({"alg": "none"}, claims)
            return ".".join(_part(one) for one in parts) + "."
        if how == "hmac":  # the public key, as if it were a shared secret
            head = f"{_part({'alg': 'HS256', 'kid': key.kid})}.{_part(claims)}"
            made = hmac.digest(key.as_pem(private=False), head.encode(), "sha256")
            return f"{head}.{_text(made)}"
        if how == "stranger":
            stranger = RSAKey.generate_key(2048)
            return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, stranger)
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    @app.post("/rotate")
    def rotate() -> None:
        state.rotate()

    @app.post("/misbehave")
    def misbehave(wrong: Annotated[dict[str, Any], Body()]) -> None:
        state.wrong = wrong

    @app.get("/keys-served")
    def keys_served() -> int:
        return state.keys_served

    return app


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    print(address, flush=True)
    config = uvicorn.Config(make_provider(address), log_level="error")
    uvicorn.Server(config).run(sockets=[listening])
