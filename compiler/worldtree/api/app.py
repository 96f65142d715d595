"""Makes the API of an application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from worldtree.api.answers import PROBLEMS
from worldtree.api.body_limit import BodyLimit
from worldtree.api.error_handlers import UnexpectedErrors, add_error_handlers
from worldtree.api.openapi import describe_problems
from worldtree.api.request_ids import RequestIds
from worldtree.api.routes import audit, clusters, documents, health, logs, me, tasks
from worldtree.api.security_headers import SecurityHeaders
from worldtree.api.settings import API_PREFIX, ApiSettings
from worldtree.app.admin.readiness import check_database
from worldtree.core.errors import WorldTreeError

if TYPE_CHECKING:
    from worldtree.app.service import Application


def create_api(application: Application, settings: ApiSettings) -> FastAPI:
    """Return the API; the caller closes ``application`` after it has stopped."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            await run_in_threadpool(check_database, application)
            app.state.is_started = True
        except WorldTreeError:
            # The service answers 503 until the database is there.
            app.state.is_started = False
        yield
        app.state.is_stopping = True

    app = FastAPI(
        title="WorldTree",
        version=version("worldtree"),
        summary="Clusters described by documents, and the tasks that Ansible runs for them.",
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        # Native telemetry would record bodies that fail validation.
        telemetry={"logs": False},
        lifespan=lifespan,
        # Outermost first.
        middleware=[
            Middleware(RequestIds),
            Middleware(SecurityHeaders),
            Middleware(UnexpectedErrors),
            Middleware(BodyLimit, limit=settings.max_body_bytes),
        ],
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.application, app.state.settings = application, settings
    app.state.is_started = app.state.is_stopping = False
    add_error_handlers(app)
    app.include_router(health.router)
    api = APIRouter(prefix=API_PREFIX, responses=PROBLEMS)
    for resource in (clusters, documents, tasks, logs, audit, me):
        api.include_router(resource.router)
    app.include_router(api)
    describe_problems(app)
    return app
