"""Providers by name: the built-in ones, and those of other packages from entry points."""

from __future__ import annotations

from importlib import import_module

from worldtree.plugins import PluginError, PluginFault, PluginGroup, load_named
from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider


def _checked(loaded: object) -> type[Provider]:
    if not (isinstance(loaded, type) and issubclass(loaded, Provider)):
        raise PluginError(PluginFault.TYPE, "It is not a subclass of Provider.")
    return loaded


#: An entry's name is the word before the colon of a reference; it loads to a ``Provider``.
PROVIDER_GROUP = PluginGroup("worldtree.secret_providers", "secret provider", _checked)
#: Built-in providers, imported on first use: reading entry points would delay the broker's start.
_BUILT_IN = {
    "ansible-vault": "worldtree.secrets.providers.ansible_vault:AnsibleVault",
    "env": "worldtree.secrets.providers.environment:Environment",
    "file": "worldtree.secrets.providers.files:Files",
    "prompt": "worldtree.secrets.providers.prompt:Prompt",
    "vault": "worldtree.secrets.providers.vault:Vault",
}


def provider_class(name: str) -> type[Provider]:
    """Return the provider called ``name``; raises ``SecretError``."""
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        found: type[Provider] = getattr(import_module(module), attribute)
        return found
    loaded = load_named(PROVIDER_GROUP, name)
    if name in loaded.plugins:
        return loaded.plugins[name].value
    for broken in loaded.broken:
        raise SecretError(
            "secret-provider-broken",
            f"the provider `{name}` of the package {broken.package} {broken.fault}",
            broken.detail,
            f"upgrade or remove the package {broken.package}",
        )
    raise SecretError(
        "unknown-secret-provider",
        f"unknown secret provider `{name}`",
        f"The providers are {', '.join(sorted(_BUILT_IN))}, and those of installed packages.",
        f"install the package that provides `{name}` into the environment of WorldTree",
    )
