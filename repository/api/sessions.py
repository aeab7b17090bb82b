"""`/v1/sessions`: logging in with a local account, who one is, logging out."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from repository.api.caller import COOKIE, LONGEST_PURPOSE, Called, Served
from repository.api.problems import answers
from repository.authentication.accounts import credential_of, log_in
from repository.authentication.sessions import close_session, form_token, open_session

router = APIRouter(prefix="/v1", tags=["sessions"])
# What a header can carry and a log can show; never only blanks.
PURPOSE = r"^[!-~\u00a1-\u024f]([ -~\u00a1-\u024f]*[!-~\u00a1-\u024f])?$"
PurposeText = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_PURPOSE, pattern=PURPOSE, examples=["OP/ADJECT/17"]),
]


class Login(BaseModel):
    """A local account, and why its holder wants to read."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", description="From the authenticator app.")]
    purpose: PurposeText
    cookie: Annotated[
        bool, Field(description="For a browser: the token goes into a cookie, not into the answer.")
    ] = False


class Opened(BaseModel):
    """A session. Of `token` and `form_token` one is given."""

    reader: str
    purpose: str
    expires_at: datetime
    token: str | None = None
    form_token: str | None = None


class Current(BaseModel):
    """Who asks. A certificate has no session, and so no end."""

    reader: str
    organisation: str
    roles: list[str]
    purpose: str
    credential: str
    expires_at: datetime | None


@router.post(
    "/sessions", status_code=status.HTTP_201_CREATED, responses=answers(401, 408, 413, 429)
)
def open_(login: Login, request: Request, response: Response, backend: Served) -> Opened:
    """Log in with name, password and one-time code."""
    client = request.client.host if request.client else ""
    backend.limits.take(backend.limits.login, client)
    now = datetime.now(UTC)
    with backend.pool.connection() as connection:
        log_in(
            connection,
            backend.key,
            backend.passwords,
            reader=login.name,
            password=login.password.get_secret_value(),
            code=login.code,
            now=now,
        )
        token, opened = open_session(
            connection,
            login.name,
            purpose=login.purpose,
            credential=credential_of(login.name),
            now=now,
        )
    made = Opened(reader=opened.reader, purpose=opened.purpose, expires_at=opened.expires_at)
    if not login.cookie:
        return made.model_copy(update={"token": token})
    give_cookie(response, token)
    return made.model_copy(update={"form_token": form_token(token)})


@router.get("/sessions/current", responses=answers(401, 429))
def current(caller: Called) -> Current:
    """Say who asks."""
    return Current(
        reader=caller.reader.name,
        organisation=caller.reader.organisation,
        roles=sorted(caller.reader.roles),
        purpose=caller.purpose,
        credential=caller.credential,
        expires_at=caller.expires_at,
    )


@router.delete(
    "/sessions/current", status_code=status.HTTP_204_NO_CONTENT, responses=answers(401, 403, 429)
)
def close(caller: Called, response: Response, backend: Served) -> None:
    """Log out: the token is worth nothing from now on."""
    if caller.token is not None:
        with backend.pool.connection() as connection:
            close_session(connection, caller.token)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict")


def give_cookie(response: Response, token: str) -> None:
    """Put a session's token where a page's scripts cannot read it, and other sites cannot use it.

    Without an age: the browser forgets it when it ends.
    """
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="strict", path="/")
