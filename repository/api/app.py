"""The application: its routers, its errors, its document."""

from importlib.metadata import version

from fastapi import FastAPI

from repository.api import problems, schema_registry


def make_app() -> FastAPI:
    """Return the application. Without I/O: it connects when it is first asked for something."""
    app = FastAPI(
        title="intelbus",
        version=version("intelbus"),
        summary="The UKHTC repository: what agencies have reported, to those who may read it.",
        docs_url=None,  # pages that load scripts from elsewhere
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    problems.install(app)
    app.include_router(schema_registry.router)
    return app
