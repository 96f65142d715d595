"""``wt serve``: the service for others, with a worker of its own."""

from __future__ import annotations

import ipaddress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import click

from worldtree.cli.command import Command
from worldtree.cli.provider_options import provider_options, provider_settings
from worldtree.cli.worker_options import make_worker, worker_options
from worldtree.core.errors import ExitCode, WorldTreeError

#: Tasks at a time: each has Ansible runs of its own, which mostly wait for hosts.
_DEFAULT_TASKS = 4
_DEFAULT_PORT = 8420
_DEFAULT_RATE = 600
#: Refused tokens of one address per minute.
_MAX_FAILURES = 60
#: What the extra `service` installs.
_LIBRARIES = (
    "cronsim",
    "fastapi",
    "httpx2",
    "joserfc",
    "limits",
    "prometheus_client",
    "pwdlib",
    "uvicorn",
    "websockets",
)


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "a signal ended the service",
        ExitCode.FAILED: "the service cannot listen, or its database cannot be used",
        ExitCode.INPUT: "a setting is wrong",
        ExitCode.REFUSED: "plain HTTP would be reachable by others",
    },
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 takes any free one.",
)
@click.option(
    "--tasks",
    type=click.IntRange(0, 64),
    default=_DEFAULT_TASKS,
    show_default=True,
    help="Tasks to run at a time, one per cluster; 0 runs none.",
)
@click.option(
    "--rate-limit",
    type=click.IntRange(0, 1_000_000),
    default=_DEFAULT_RATE,
    show_default=True,
    help="Requests of one user per minute; 0 is no limit.",
)
@click.option(
    "--tls-certificate",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="PEM file with the certificate chain.",
)
@click.option(
    "--tls-key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="PEM file with the key of the certificate.",
)
@click.option(
    "--insecure-http", is_flag=True, help="Allow plain HTTP on addresses that others reach."
)
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    metavar="ADDRESS",
    multiple=True,
    help="Address or network of a proxy whose `X-Forwarded-For` says who asks. Repeatable.",
)
@worker_options
@provider_options
def serve(
    host: str,
    port: int,
    tasks: int,
    rate_limit: int,
    tls_certificate: Path | None,
    tls_key: Path | None,
    insecure_http: bool,
    trusted_proxies: tuple[str, ...],
    tags: tuple[str, ...],
    policy: Path | None,
    log_format: Literal["json", "text"],
    **oidc: Any,
) -> None:
    """Serve the REST API, and run the tasks that it is asked for.

    The state is where it is for all commands: WORLDTREE_HOME, or WORLDTREE_DATABASE_URL. Make a
    token first: `wt user create NAME`, `wt user grant NAME admin --all-projects`, and
    `wt token create --user NAME`.

    SIGTERM and Ctrl-C end the service at once; tasks that run go on in processes of their own, and
    the next `wt serve` follows them.
    """
    if (tls_certificate is None) != (tls_key is None):
        raise click.UsageError("`--tls-certificate` and `--tls-key` belong together")
    if missing := [name for name in _LIBRARIES if find_spec(name) is None]:
        raise WorldTreeError(
            f"libraries that the service needs are not installed: {', '.join(missing)}",
            code="service-not-installed",
            hint="install them: `pip install 'worldtree[service]'`",
        )
    from worldtree.api.app import create_api
    from worldtree.api.server import Listener
    from worldtree.api.server import serve as serve_api
    from worldtree.api.settings import ApiSettings

    for one in trusted_proxies:
        _check_network(one)
    listener = Listener(
        host, port, tls_certificate, tls_key, insecure_http, trusted_proxies=trusted_proxies
    )
    listener.check()
    provider = provider_settings(**oidc)
    made, worker = make_worker(tasks, tags=tags, policy=policy, log_format=log_format)
    login = made.provider_login(provider)
    settings = ApiSettings(
        authenticate=login.authenticate,
        provider_login=login,
        max_requests=rate_limit,
        max_failures=_MAX_FAILURES,
    )

    def begin(url: str) -> None:
        worker.start()
        click.echo(f"serving {url}/api/v1", err=True)

    serve_api(create_api(made, settings), listener, on_ready=begin)
    worker.stop()


def _check_network(text: str) -> None:
    """Raise ``UsageError`` for what is neither an address nor a network."""
    try:
        ipaddress.ip_network(text)
    except ValueError as problem:
        raise click.UsageError(f"`--trusted-proxy {text}`: {problem}") from problem
