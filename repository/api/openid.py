"""`/v1/oidc`: logging in where the reader's own organisation knows them (OpenID Connect)."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status
from fastapi.responses import RedirectResponse

from repository.api.caller import Served
from repository.api.problems import answers
from repository.api.sessions import Opened, PurposeText, give_cookie
from repository.authentication.errors import LoginRefusedError
from repository.authentication.identities import PATIENCE, begin, reader_of, take
from repository.authentication.sessions import form_token, open_session

router = APIRouter(prefix="/v1/oidc", tags=["sessions"])
BROWSER = "__Host-intelbus-login"


@router.get(
    "/login",
    status_code=status.HTTP_302_FOUND,
    response_class=RedirectResponse,
    responses=answers(404, 429, 503) | {302: {"description": "Go to the provider."}},
)
def login(
    request: Request, backend: Served, purpose: Annotated[PurposeText, Query()]
) -> RedirectResponse:
    """Send a browser to the provider."""
    provider = backend.provider
    client = request.client.host if request.client else ""
    backend.limits.take(backend.limits.login, client)
    with backend.pool.connection() as connection:
        pending = begin(connection, purpose, datetime.now(UTC))
    answer = RedirectResponse(provider.address(pending), status.HTTP_302_FOUND)
    answer.set_cookie(
        BROWSER,
        pending.browser,
        max_age=int(PATIENCE.total_seconds()),
        secure=True,
        httponly=True,
        samesite="lax",  # the provider's answer comes from another site
    )
    return answer


@router.get("/callback", responses=answers(401, 404, 429, 503))
def callback(
    request: Request,
    response: Response,
    backend: Served,
    state: Annotated[str, Query(max_length=200)],
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    error_description: Annotated[str, Query(max_length=1000)] = "",
) -> Opened:
    """Take the provider's answer and open a session, in a cookie."""
    provider = backend.provider
    client = request.client.host if request.client else ""
    backend.limits.take(backend.limits.login, client)
    now = datetime.now(UTC)
    with backend.pool.connection() as connection:
        pending = take(connection, state, request.cookies.get(BROWSER, ""), now)
    if error or not code:
        raise LoginRefusedError("the provider refused the login")
    subject = provider.subject(code, pending)
    with backend.pool.connection() as connection:
        reader = reader_of(connection, provider.issuer, subject)
        token, opened = open_session(
            connection,
            reader,
            purpose=pending.purpose,
            credential=f"oidc {provider.issuer} {subject}",
            now=now,
        )
    give_cookie(response, token)
    response.delete_cookie(BROWSER, secure=True, httponly=True, samesite="lax")
    return Opened(
        reader=opened.reader,
        purpose=opened.purpose,
        expires_at=opened.expires_at,
        form_token=form_token(token),
    )
