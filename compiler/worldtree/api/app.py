"""Makes the API of an application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from worldtree.api.access_log import AccessLog
from worldtree.api.answers import PROBLEMS
from worldtree.api.authentication import authenticate, may_read_metrics, open_logs
from worldtree.api.body_limit import BodyLimit
from worldtree.api.early_authentication import EarlyAuthentication
from worldtree.api.error_handlers import UnexpectedErrors, add_error_handlers
from worldtree.api.idempotency import Idempotency
from worldtree.api.metrics import ServiceMetrics, metrics_router
from worldtree.api.openapi import describe_problems
from worldtree.api.problems import websocket_problem
from worldtree.api.rate_limits import RateHeaders, RateLimits
from worldtree.api.routes import (
    archives,
    audit,
    clusters,
    documents,
    groups,
    health,
    hosts,
    login,
    me,
    notifications,
    plans,
    project_policy,
    projects,
    schedules,
    session,
    tasks,
    users,
    workers,
)
from worldtree.api.security_headers import SecurityHeaders
from worldtree.api.settings import API_PREFIX, ApiSettings
from worldtree.api.streamed_bodies import STREAMED_PATHS
from worldtree.api.streams.order_routes import order_router
from worldtree.api.streams.routes import stream_router
from worldtree.api.streams.source import StreamSettings
from worldtree.app.admin.readiness import check_database
from worldtree.app.tasks.event_feed import EventFeed
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
        await run_in_threadpool(feed.close)

    feed = EventFeed(lambda: application.store)
    metrics = ServiceMetrics(application.figures.read)
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
            Middleware(AccessLog, observer=metrics),
            Middleware(SecurityHeaders),
            Middleware(RateHeaders),
            Middleware(UnexpectedErrors),
            Middleware(
                EarlyAuthentication,
                authenticate=authenticate,
                prefix=API_PREFIX,
                public=(f"{API_PREFIX}/session", f"{API_PREFIX}/login/token"),
            ),
            Middleware(BodyLimit, limit=settings.max_body_bytes, streamed=STREAMED_PATHS),
            Middleware(Idempotency),
        ],
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.provider_login = settings.provider_login or application.provider_login(None)
    app.state.application, app.state.settings, app.state.feed = application, settings, feed
    app.state.rate_limits = RateLimits(settings.max_requests, settings.max_failures)
    app.state.is_started = app.state.is_stopping = False
    add_error_handlers(app)
    app.include_router(health.router, responses=PROBLEMS)
    resources = (
        *(clusters, documents, archives, plans, tasks, hosts, schedules, notifications, audit, me),
        *(users, groups, projects, project_policy, workers, session, login),
    )
    # Exception handlers do not get errors of WebSockets.
    streams = StreamSettings()
    for router in (
        *(resource.router for resource in resources),
        stream_router(open_logs, feed, streams, websocket_problem),
        order_router(open_logs, feed, streams, websocket_problem),
    ):
        # Without a prefix, or in a router between, FastAPI would prepare each route twice.
        app.include_router(router, prefix=API_PREFIX, responses=PROBLEMS)
    app.include_router(metrics_router(metrics), dependencies=[Depends(may_read_metrics)])
    describe_problems(app)
    return app
