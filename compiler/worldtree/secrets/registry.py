"""Providers by name: the built-in ones, and those of other packages from entry points."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider

#: Group of entry points; a point's name is the word before the colon, its object a ``Provider``.
ENTRY_POINT_GROUP = "worldtree.secret_providers"
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
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        try:
            loaded = point.load()
        except Exception as error:  # Code of another package may raise anything.
            raise SecretError(
                "secret-provider-broken",
                f"cannot load the secret provider `{name}` from {point.value}",
                f"It raised {type(error).__name__}.",
                "fix, update or remove the package that provides it",
            ) from None
        return loaded  # type: ignore[no-any-return]  # an entry point may be anything
    raise SecretError(
        "unknown-secret-provider",
        f"unknown secret provider `{name}`",
        f"The providers are {', '.join(sorted(_BUILT_IN))}, and those of installed packages.",
        f"install the package that provides `{name}` into the environment of WorldTree",
    )
