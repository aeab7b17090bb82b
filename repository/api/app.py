"""The application: its routers, its errors, its document."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from intelbus.settings import Settings
from repository.api import (
    access,
    agencies,
    audits,
    backend,
    exports,
    glass,
    networks,
    notices,
    openid,
    problems,
    records,
    retention,
    review,
    saved,
    schema_registry,
    sessions,
    statistics,
    timelines,
)
from repository.api.bounds import Bounds

ROUTERS = (
    sessions,
    openid,
    records,
    timelines,
    statistics,
    networks,
    exports,
    agencies,
    audits,
    access,
    glass,
    saved,
    review,
    notices,
    retention,
    schema_registry,
)


class _Described(FastAPI):
    """An application whose description also says what all its operations share."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = super().openapi()
            problems.describe(self.openapi_schema)
        return self.openapi_schema


def make_app(settings: Settings | None = None) -> FastAPI:
    """Return the application. It opens the database of the settings when it starts; without
    settings only what needs no database answers.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings is None:
            yield
            return
        with backend.opened(settings) as opened:
            app.state.backend = opened
            yield

    app = _Described(
        title="intelbus",
        version=version("intelbus"),
        summary="The UKHTC repository: what agencies have reported, to those who may read it.",
        docs_url=None,  # pages that load scripts from elsewhere
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,  # a redirect says what was asked, and by the caller's name for us
        lifespan=lifespan,
    )
    problems.install(app)
    app.add_middleware(Bounds)
    for part in ROUTERS:
        app.include_router(part.router)
    return app
