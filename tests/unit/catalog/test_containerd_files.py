"""The files of the role ``containerd``, for each form of its configuration.

`make golden` (``WORLDTREE_UPDATE_GOLDEN=1``) writes what is expected.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from unit.catalog.role_templates import rendered

GOLDEN = Path(__file__).parents[2] / "golden" / "containerd"

#: What `containerd --version` prints: of Debian's package, and of releases.
ASKED = {
    "1.6": "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3",
    "1.7": "containerd github.com/containerd/containerd v1.7.29 442cb34bda9a6a0fed82",
    "2.0": "containerd github.com/containerd/containerd/v2 v2.0.5 fb4c30d4ede3531652d8",
    "2.2": "containerd github.com/containerd/containerd/v2 v2.2.1 dea7da592f5d1d2b7755",
    "2.3": "containerd github.com/containerd/containerd/v2 2.3.4 2.3.4-1",
}
EVERYTHING: dict[str, Any] = {
    "containerd_sandbox_image": "registry.k8s.io/pause:3.10.1",
    "containerd_restrict_oom_score_adj": True,
    "containerd_metrics_address": "127.0.0.1:1338",
    "containerd_data_dir": "/srv/containerd",
    "containerd_nri": False,
    "containerd_cdi": False,
    "containerd_default_runtime": "nvidia",
    "containerd_runtimes": [
        {
            "name": "nvidia",
            "type": "io.containerd.runc.v2",
            "binary": "/usr/bin/nvidia-container-runtime",
        },
        {
            "name": "kata",
            "type": "io.containerd.kata.v2",
            "privileged_without_host_devices": True,
            "options": {"ConfigPath": '/etc/kata/it\'s "quoted".toml'},
        },
    ],
}
MIRROR = {
    "url": "https://mirror.example.com:5000/v2/docker.io",
    "override_path": True,
    "ca": "-----BEGIN CERTIFICATE-----\n…",
    "username": "puller",
    "password": 'p"w',
}
REGISTRIES: dict[str, dict[str, Any]] = {
    "hosts-mirrors": {
        "name": "docker.io",
        "mirrors": [MIRROR, {"url": "http://10.0.0.5:5000", "capabilities": ["pull"]}],
    },
    "hosts-without-upstream": {
        "name": "registry.example.com",
        "upstream": False,
        "mirrors": [{"url": "https://second.example.com", "ca_path": "/etc/ca.pem"}, MIRROR],
    },
    "hosts-not-checked": {
        "name": "_default",
        "mirrors": [{"url": "https://10.0.0.6", "skip_verify": True}],
    },
}
PROXY = {
    "containerd_proxy": {"http": "http://proxy:3128", "no_proxy": ["10.0.0.0/8", ".example.com"]}
}

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        f"config-{minor}.toml": ("config.toml.j2", {"__containerd_asked": {"stdout": line}})
        for minor, line in ASKED.items()
    },
    **{
        f"config-{minor}-everything.toml": (
            "config.toml.j2",
            {"__containerd_asked": {"stdout": line}, "containerd_source": "archives", **EVERYTHING},
        )
        for minor, line in ASKED.items()
        if minor in {"1.7", "2.0", "2.3"}
    },
    **{f"{name}.toml": ("hosts.toml.j2", {"item": item}) for name, item in REGISTRIES.items()},
    "worldtree.conf": ("worldtree.conf.j2", {}),
    "worldtree-proxy.conf": ("worldtree.conf.j2", {**PROXY, "containerd_source": "archives"}),
    "proxy.env": ("proxy.env.j2", PROXY),
    "containerd.service": ("containerd.service.j2", {"containerd_source": "archives"}),
}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Return what every template becomes, by the name of the case."""
    return dict(zip(CASES, rendered("containerd", list(CASES.values())), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_files_are_those_of_their_golden_file(name: str, files: dict[str, str]) -> None:
    """Each form of the configuration, and what belongs to it, is exactly the reviewed text."""
    file = GOLDEN / name
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        file.write_text(files[name], encoding="utf-8")
    assert files[name] == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith(".toml")])
def test_files_are_valid_toml(name: str, files: dict[str, str]) -> None:
    tomllib.loads(files[name])


def test_the_form_is_that_of_the_version(files: dict[str, str]) -> None:
    versions = {minor: tomllib.loads(files[f"config-{minor}.toml"])["version"] for minor in ASKED}
    assert versions == {"1.6": 2, "1.7": 2, "2.0": 3, "2.2": 3, "2.3": 4}


def test_only_one_of_the_settings_for_plugins_of_cni_is_there(files: dict[str, str]) -> None:
    """Both of them together keep the CRI plugin from starting."""
    found = {}
    for minor in ASKED:
        plugins = tomllib.loads(files[f"config-{minor}.toml"])["plugins"]
        (cni,) = [plugin["cni"] for plugin in plugins.values() if "cni" in plugin]
        found[minor] = set(cni) - {"conf_dir"}
    assert found == {
        "1.6": {"bin_dir"},
        "1.7": {"bin_dir"},
        "2.0": {"bin_dir"},
        "2.2": {"bin_dirs"},
        "2.3": {"bin_dirs"},
    }


def test_every_runtime_of_runc_has_the_same_driver_of_control_groups(files: dict[str, str]) -> None:
    """Pods would be in two trees otherwise, and kubelet in one of them."""
    plugins = tomllib.loads(files["config-2.3-everything.toml"])["plugins"]
    runtimes = plugins["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]
    drivers = {name: one.get("options", {}).get("SystemdCgroup") for name, one in runtimes.items()}
    assert drivers == {"runc": True, "nvidia": True, "kata": None}


def test_what_is_asked_last_is_the_last_mirror_where_the_registry_is_not_asked(
    files: dict[str, str],
) -> None:
    hosts = tomllib.loads(files["hosts-without-upstream.toml"])
    assert hosts["server"] == MIRROR["url"]
    # Of `server`, containerd 1.6 reads no other settings.
    assert list(hosts["host"]) == ["https://second.example.com", MIRROR["url"]]
    assert "server" not in tomllib.loads(files["hosts-mirrors.toml"])
