"""What the document can say about the component ``containerd``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.containerd_versions import Program
from worldtree.catalog.releases import ReleasedConfig, Version
from worldtree.spec.models.secrets import Reference

#: Goes into a table's name of config.toml and, for pods, into a RuntimeClass.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
#: A registry as it stands in the names of images: ``docker.io``, ``10.0.0.5:5000``.
RegistryName = Annotated[
    str, StringConstraints(pattern=r"^(_default|\[?[A-Za-z0-9][A-Za-z0-9.:-]*\]?(:[0-9]+)?)$")
]
AbsolutePath = Annotated[str, StringConstraints(pattern=r"^/[^\s\"'\\]*$")]
#: A URL of a server, without a user, which credentials are not part of.
ServerUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@\"'\\]+(/[^\s@\"'\\]*)?$")]


class Mirror(ComponentConfig):
    """A server that has images of a registry, or that registry itself."""

    url: ServerUrl = Field(
        description="Where it is asked.", examples=["https://mirror.example.com:5000"]
    )
    override_path: bool = Field(
        False,
        description="Whether the URL's path is the whole one of the API; otherwise `/v2` follows.",
    )
    capabilities: tuple[Literal["pull", "resolve", "push"], ...] = Field(
        ("pull", "resolve"), min_length=1, description="What it is asked for."
    )
    ca: str | None = Field(
        None,
        pattern=r"-----BEGIN CERTIFICATE-----",
        description="Certificates of the authorities that it is checked with, as PEM.",
        examples=["-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n"],
    )
    ca_path: AbsolutePath | None = Field(
        None,
        description="The same as a file that the hosts have.",
        examples=["/etc/ssl/certs/company.pem"],
    )
    skip_verify: bool = Field(
        False, description="Whether its certificate is not checked; for experiments only."
    )
    username: str | None = Field(
        None,
        pattern=r"^[^:\s]+$",
        description="User of HTTP basic authentication.",
        examples=["puller"],
    )
    password: Reference | None = Field(
        None,
        description="Password of this user, as a reference to a secret.",
        examples=["${env:MIRROR_PASSWORD}"],
    )

    @model_validator(mode="after")
    def _fits(self) -> Mirror:
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")
        if self.ca is not None and self.ca_path is not None:
            raise ValueError("give either `ca` or `caPath`")
        if self.url.startswith("http://") and (
            self.username or self.ca or self.ca_path or self.skip_verify
        ):
            raise ValueError(
                "credentials, authorities and `skipVerify` are for `https`; over `http` a password"
                " can be read by everybody on the way"
            )
        return self


class Registry(ComponentConfig):
    """How images of one registry are pulled."""

    name: RegistryName = Field(
        description="The registry in the names of images; ``_default`` for all others.",
        examples=["docker.io"],
    )
    mirrors: tuple[Mirror, ...] = Field(
        min_length=1, description="Servers that are asked first, in this order."
    )
    upstream: bool = Field(
        True, description="Whether the registry itself is asked for what no mirror has."
    )


class Proxy(ComponentConfig):
    """Proxies of the service; registries of the cluster are always reached directly."""

    http: str | None = Field(
        None,
        description="Proxy for `http`; with a password as a reference to a secret.",
        examples=["http://proxy.example.com:3128"],
    )
    https: str | None = Field(
        None, description="Proxy for `https`.", examples=["http://proxy.example.com:3128"]
    )
    no_proxy: tuple[str, ...] = Field(
        (),
        description="Names, addresses and networks that are reached directly.",
        examples=[["10.0.0.0/8", ".example.com"]],
    )

    @model_validator(mode="after")
    def _has_one(self) -> Proxy:
        if self.http is None and self.https is None:
            raise ValueError("give `http`, `https` or both")
        return self


class Runtime(ComponentConfig):
    """A runtime beside ``runc``, such as that of a vendor of graphics cards."""

    name: Name = Field(description="Its name, the handler of a RuntimeClass.", examples=["nvidia"])
    type: str = Field(
        "io.containerd.runc.v2",
        pattern=r"^[a-z0-9]+(\.[a-z0-9-]+)+$",
        description="The shim that runs it.",
    )
    binary: AbsolutePath | None = Field(
        None,
        description="Program that the shim starts in place of runc.",
        examples=["/usr/bin/nvidia-container-runtime"],
    )
    privileged_without_host_devices: bool = Field(
        False, description="Whether privileged containers get no devices of the host."
    )
    options: dict[str, str | int | bool] = Field(
        default_factory=dict,
        description="Further options of the shim.",
        examples=[{"ConfigPath": "/etc/kata-containers/configuration.toml"}],
    )


class ContainerdConfig(ReleasedConfig):
    """The container runtime of the hosts with the role ``containerd``."""

    programs: tuple[Program, ...] = Field(
        ("runc", "cni-plugins"),
        description="What is installed beside it; crictl and nerdctl always from archives.",
    )
    program_versions: dict[Program, Version] = Field(
        default_factory=dict,
        description="Releases of these programs; else those that go with this containerd.",
        examples=[{"runc": "1.4.3"}],
    )
    cgroup_driver: Literal["systemd", "cgroupfs"] = Field(
        "systemd", description="Who makes control groups; kubelet has to use the same."
    )
    sandbox_image: str | None = Field(
        None,
        pattern=r"^[^\s\"'\\]+$",
        description="Image of a pod's pause container; containerd's own default when not given.",
        examples=["registry.k8s.io/pause:3.10.1"],
    )
    registries: tuple[Registry, ...] = Field((), description="How images are pulled.")
    proxy: Proxy | None = Field(None, description="Proxies on the way to registries.")
    nri: bool = Field(
        True, description="Whether plugins of the Node Resource Interface may connect (from 1.7)."
    )
    cdi: bool = Field(True, description="Whether devices are given by CDI (from 1.7).")
    cdi_spec_dirs: tuple[AbsolutePath, ...] = Field(
        ("/etc/cdi", "/var/run/cdi"), description="Directories of CDI specifications."
    )
    runtimes: tuple[Runtime, ...] = Field((), description="Runtimes beside runc.")
    default_runtime: Name = Field("runc", description="Runtime of pods that name none.")
    snapshotter: Name = Field("overlayfs", description="How layers of images are stacked.")
    data_dir: AbsolutePath = Field(
        "/var/lib/containerd", description="Directory of images and containers."
    )
    state_dir: AbsolutePath = Field(
        "/run/containerd", description="Directory of what is lost with a restart of the host."
    )
    cni_bin_dir: AbsolutePath | None = Field(
        None,
        description="Directory of CNI plugins; `/usr/lib/cni` with packages, else `/opt/cni/bin`.",
        examples=["/opt/cni/bin"],
    )
    cni_conf_dir: AbsolutePath = Field(
        "/etc/cni/net.d", description="Directory of CNI configurations."
    )
    restrict_oom_score_adj: bool = Field(
        False,
        description="Whether containers never get a lower OOM score than containerd has itself.",
    )
    metrics_address: str | None = Field(
        None,
        pattern=r"^[^\s\"'\\/]+:[0-9]+$",
        description="Address and port for metrics; none when not given.",
        examples=["127.0.0.1:1338"],
    )
    log_level: Literal["trace", "debug", "info", "warn", "error"] = Field(
        "info", description="From which level on messages are logged."
    )
    restart_hosts: int = Field(
        1, ge=1, description="On how many hosts containerd is restarted at the same time."
    )
    start_timeout: int = Field(
        60, ge=1, description="Seconds that containerd and its CRI plugin may take to start."
    )
    purge_data: bool = Field(
        False, description="Whether destroying the cluster deletes images and containers."
    )

    @field_validator("registries", "runtimes")
    @classmethod
    def _unique(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [item.name for item in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is given more than once")
        return value

    @model_validator(mode="after")
    def _agrees(self) -> ContainerdConfig:
        names = {"runc", *(runtime.name for runtime in self.runtimes)}
        if "runc" in {runtime.name for runtime in self.runtimes}:
            raise ValueError("`runc` is always there; give a runtime of your own another name")
        if self.default_runtime not in names:
            raise ValueError(
                f"`defaultRuntime` is none of {', '.join(sorted(names))}; list it in `runtimes`"
            )
        unused = sorted(set(self.program_versions) - set(self.programs))
        if unused:
            raise ValueError(f"`programVersions` has {', '.join(unused)}, not listed in `programs`")
        return self
