"""Providers by name: our own, and those that other packages bring through an entry point."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider

#: Group of entry points; a point's name is the word before the colon, its object a ``Provider``.
ENTRY_POINT_GROUP = "worldtree.secret_providers"
#: Our own, imported when first asked. The broker's start must not wait for entry points.
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
        except Exception as error:  # Whatever another package breaks with must be told.
            raise SecretError(
                "secret-provider-broken",
                f"the provider `{name}` of {point.value} cannot be loaded",
                f"It ends with {type(error).__name__}.",
                "mend or remove the package that brings it",
            ) from None
        return loaded  # type: ignore[no-any-return]  # an entry point may be anything
    raise SecretError(
        "unknown-secret-provider",
        f"there is no provider of secrets called `{name}`",
        f"Known are {', '.join(sorted(_BUILT_IN))}, and those of installed packages.",
        f"install the package that brings `{name}` beside WorldTree",
    )
