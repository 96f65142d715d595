"""The component ``pki`` makes what others ask for, each authority for itself."""

from __future__ import annotations

from typing import Any

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.etcd import EtcdConfig
from worldtree.catalog.components.pki import COMPONENT, PkiConfig, control_variables
from worldtree.core.errors import Severity
from worldtree.plan.specs import ModuleSpec

MEMBERS = tuple(host(f"e{n}", "etcd", address=f"10.0.0.{n}") for n in (1, 2, 3))
CONTROL = host("here", "control", connection="local")


def cluster(*more: Any, pki: PkiConfig | None = None, **etcd: Any) -> Cluster:
    configs = {"pki": pki or PkiConfig(), "etcd": EtcdConfig(**etcd)}
    return Cluster((*MEMBERS, *more), configs)


def build(pipeline: str, context: Cluster, **config: Any) -> ModuleSpec | None:
    return COMPONENT.pipelines[pipeline](PkiConfig.model_validate(config), context)


def test_an_authority_is_a_task_on_the_control_host() -> None:
    module = build("create-cluster", cluster(CONTROL))
    assert module
    (task,) = module.tasks
    assert (task.name, task.hosts) == ("etcd", "here")
    assert [step.entry for step in task.steps] == ["authority", "certificates"]
    assert task.steps[0].vars["pki_control"] == "here"
    assert task.steps[0].vars["pki_authority_common_name"] == "demo etcd CA"


def test_without_a_control_host_the_first_consumer_stands_in() -> None:
    module = build("create-cluster", cluster())
    assert module
    assert module.tasks[0].hosts == "e1"
    assert "pki_control" not in module.tasks[0].steps[0].vars


def test_nobody_asking_is_no_module() -> None:
    assert build("create-cluster", cluster(tls=False)) is None


def test_destroying_keeps_certificates_by_default() -> None:
    assert build("destroy-cluster", cluster()) is None
    module = build("destroy-cluster", cluster(), purge=True)
    assert module
    assert module.tasks[0].steps[0].entry == "remove"
    assert module.vars["pki_purge"] is True


def test_steps_that_deploy_know_whether_an_authority_is_replaced() -> None:
    """Only when it is asked for: by itself the role refuses."""
    config = PkiConfig(replace_authority=True)
    asked = cluster(CONTROL, pki=config)
    assert control_variables(asked) == {"pki_control": "here", "pki_replace_authority": True}
    assert control_variables(cluster(CONTROL)) == {"pki_control": "here"}


def test_a_generated_passphrase_is_reported() -> None:
    assert COMPONENT.check
    context = cluster()
    (problem,) = COMPONENT.check(PkiConfig(), context)
    assert (problem.slug, problem.severity) == ("pki-passphrase-generated", Severity.WARNING)
    assert list(COMPONENT.check(PkiConfig(passphrase="${env:P}"), context)) == []


def test_renewing_before_a_certificate_is_issued_is_an_error() -> None:
    assert COMPONENT.check
    config = PkiConfig(passphrase="${env:P}", validity="30d", renew_before="30d")
    (problem,) = COMPONENT.check(config, cluster())
    assert problem.slug == "pki-renewal-too-early"
    assert problem.path == ("renewBefore",)
