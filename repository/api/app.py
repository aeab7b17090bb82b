"""The application: its routers, its errors, its document."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from intelbus.settings import Settings
from repository.api import backend, openid, problems, schema_registry, sessions
from repository.api.bounds import Bounds


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

    app = FastAPI(
        title="intelbus",
        version=version("intelbus"),
        summary="The UKHTC repository: what agencies have reported, to those who may read it.",
        docs_url=None,  # pages that load scripts from elsewhere
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        lifespan=lifespan,
    )
    problems.install(app)
    app.add_middleware(Bounds)
    for router in (sessions.router, openid.router, schema_registry.router):
        app.include_router(router)
    return app
