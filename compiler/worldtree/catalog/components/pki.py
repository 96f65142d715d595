"""The component ``pki``: an authority per consumer, and the certificates it signs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from worldtree.catalog import component_registry
from worldtree.catalog.builders import CONTROL_ROLE, role_step, role_variables
from worldtree.catalog.certificates import CertificateRequest
from worldtree.catalog.component import (
    Component,
    ComponentConfig,
    PlanContext,
)
from worldtree.catalog.component_calls import call_component
from worldtree.catalog.new_hosts import new_hosts
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.pipeline_names import ADD_HOSTS, CREATE_CLUSTER, DESTROY_CLUSTER, VERIFY
from worldtree.plan.specs import ModuleSpec, TaskSpec
from worldtree.spec.models.secrets import Reference

_DAYS_PATTERN = r"^[1-9][0-9]*d$"


class PkiConfig(ComponentConfig):
    """How authorities and certificates are made; they stay on the control side."""

    passphrase: Reference | None = Field(
        None,
        description=(
            "Passphrase of the authorities' private keys, as a reference to a secret. Without one "
            "a random one is made and kept beside each key, readable by its owner only."
        ),
        examples=["${env:SHOP_CA_PASSPHRASE}"],
    )
    key_type: Literal["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096"] = Field(
        "ecdsa-p256", description="Kind of private key."
    )
    validity: str = Field(
        "365d", pattern=_DAYS_PATTERN, description="How long a certificate is valid; whole days."
    )
    authority_validity: str = Field(
        "3650d", pattern=_DAYS_PATTERN, description="How long an authority is valid; whole days."
    )
    renew_before: str = Field(
        "30d",
        pattern=_DAYS_PATTERN,
        description="How long before its end a certificate is renewed; whole days.",
    )
    replace_authority: bool = Field(
        False,
        description=(
            "Whether certificates that another authority signed may be replaced on hosts; without "
            "it that is refused, as hosts with new and with old ones do not trust each other."
        ),
    )
    purge: bool = Field(
        False, description="Whether destroying the cluster deletes authorities and certificates."
    )


def certificate_requests(context: PlanContext) -> tuple[CertificateRequest, ...]:
    """Return what the active components ask for, in the components' order.

    What several components want of one authority is one request.
    """
    found: list[CertificateRequest] = []
    for component in component_registry.components().values():
        config = context.config(component.name)
        if component.certificates and config is not None:
            what = "cannot say which certificates it needs"
            made = call_component(component.name, what, _listed, component, config, context)
            found += made
    merged: dict[str, CertificateRequest] = {}
    for request in found:
        first = merged.get(request.authority, request)
        if first is not request:
            request = replace(
                first,
                leaves=(*first.leaves, *request.leaves),
                common_name=first.common_name or request.common_name,
                hosts=(*first.hosts, *request.hosts),
            )
        if request.consumers:
            merged[request.authority] = request
    return tuple(merged.values())


def _listed(
    component: Component[Any], config: ComponentConfig, context: PlanContext
) -> list[CertificateRequest]:
    return list(component.certificates(config, context)) if component.certificates else []


def _execution_host(
    request: CertificateRequest, context: PlanContext
) -> tuple[str, dict[str, Any]]:
    """Return the host that a task for ``request`` runs on, and the variables of the control side.

    Without a control host the work is delegated to where Ansible runs, on behalf of the first
    consumer; the connection to that one is not used.
    """
    control = context.hosts_of(CONTROL_ROLE)
    if control:
        return control[0].name, {"pki_control": control[0].name}
    return request.consumers[0], {}


def control_variables(context: PlanContext) -> dict[str, Any]:
    """Return the variables of a consumer's ``deploy`` step about the control side.

    Where the certificates are, and whether those of another authority may be replaced.
    """
    control = context.hosts_of(CONTROL_ROLE)
    found: dict[str, Any] = {"pki_control": control[0].name} if control else {}
    config = context.config("pki")
    if isinstance(config, PkiConfig) and config.replace_authority:
        found["pki_replace_authority"] = True
    return found


def authority_key_variables(context: PlanContext) -> dict[str, Any]:
    """Return the variables of a consumer's ``authority_key`` step about the control side."""
    found = control_variables(context)
    found.pop("pki_replace_authority", None)
    config = context.config("pki")
    if isinstance(config, PkiConfig) and config.passphrase is not None:
        found["pki_passphrase"] = config.passphrase
    return found


def _task(
    name: str, entries: Iterable[str], request: CertificateRequest, context: PlanContext
) -> TaskSpec:
    """Return the task that runs ``entries`` for ``request`` on the control side."""
    host, variables = _execution_host(request, context)
    variables = {**request.variables(context.cluster), **variables}
    steps = tuple(
        role_step("pki", entry, variables=_variables_of_entry(entry, variables))
        for entry in entries
        if request.leaves or entry != "certificates"
    )
    return TaskSpec(name=name, hosts=host, steps=steps)


def _variables_of_entry(entry: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Return the variables that ``entry`` declares; a step's own ones are checked strictly."""
    unused = {
        "authority": {"pki_certificates"},
        "certificates": {"pki_authority_common_name"},
        "verify": {"pki_authority_common_name"},
        "remove": {"pki_authority_common_name", "pki_certificates"},
    }[entry]
    return {name: value for name, value in variables.items() if name not in unused}


def _module(entries: tuple[str, ...], config: PkiConfig, context: PlanContext) -> ModuleSpec | None:
    tasks = tuple(_task(r.authority, entries, r, context) for r in certificate_requests(context))
    if not tasks:
        return None
    return ModuleSpec(name="pki", component="pki", tasks=tasks, vars=role_variables(config, "pki"))


def _create(config: PkiConfig, context: PlanContext) -> ModuleSpec | None:
    return _module(("authority", "certificates"), config, context)


def _add_hosts(config: PkiConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the tasks of authorities that a new host gets something of.

    They run on behalf of a new host, so that no other one is contacted.
    """
    new, control = new_hosts(context), context.hosts_of(CONTROL_ROLE)
    made = _create(config, context) if new else None
    if made is None:
        return None
    wanted = {
        request.authority
        for request in certificate_requests(context)
        if {*new} & {*request.consumers}
    }
    tasks = tuple(
        task if control else task.model_copy(update={"hosts": new[0]})
        for task in made.tasks
        if task.name in wanted
    )
    return made.model_copy(update={"tasks": tasks}) if tasks else None


def _verify(config: PkiConfig, context: PlanContext) -> ModuleSpec | None:
    return _module(("verify",), config, context)


def _destroy(config: PkiConfig, context: PlanContext) -> ModuleSpec | None:
    return _module(("remove",), config, context) if config.purge else None


def _check(config: PkiConfig, context: PlanContext) -> Iterable[Diagnostic]:
    if int(config.renew_before[:-1]) >= int(config.validity[:-1]):
        yield Diagnostic(
            slug="pki-renewal-too-early",
            summary="certificates would be renewed on every run",
            detail=(
                f"a certificate is valid for {config.validity} and renewed {config.renew_before} "
                "before its end"
            ),
            hint="make `renewBefore` shorter than `validity`",
            path=("renewBefore",),
        )
    if config.passphrase is None and certificate_requests(context):
        yield Diagnostic(
            slug="pki-passphrase-generated",
            summary="the authorities' passphrases will be kept beside their keys",
            detail=(
                "no `passphrase` is given: a random one is made and kept on the control side, "
                "outside the bundle, in a file that only its owner can read; everybody who can "
                "read that directory can sign certificates"
            ),
            hint="set `passphrase` to a reference such as `${env:CA_PASSPHRASE}`",
            severity=Severity.WARNING,
        )


COMPONENT = Component(
    name="pki",
    summary="Authorities and certificates, made on the control side for the components that ask.",
    config=PkiConfig,
    host_role="all",
    pipelines={
        CREATE_CLUSTER: _create,
        VERIFY: _verify,
        DESTROY_CLUSTER: _destroy,
        ADD_HOSTS: _add_hosts,
    },
    check=_check,
)
