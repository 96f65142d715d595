"""What a kind of channel is: the protocol of the built-in ones and of other packages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from worldtree.core.network_guard import NetworkGuard
from worldtree.plugins import LoadedPlugins, PluginError, PluginFault, PluginGroup, load_group


class DeliveryError(Exception):
    """A try that failed. The text has no secret, and nothing of what the other side answered."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        #: Whether another try is useless.
        self.is_final = is_final


@dataclass(frozen=True)
class OutgoingMessage:
    """What is reported; the same for each try of a delivery."""

    #: Of the delivery: receivers know repeated ones by it.
    id: str
    #: Unix seconds of this try.
    timestamp: int
    #: One line for people.
    subject: str
    #: Several lines for people.
    text: str
    #: The event in the JSON format of CloudEvents 1.0.
    event: Mapping[str, Any]


class ChannelKind(ABC):
    """A way to tell people or programs something; stateless."""

    name: ClassVar[str]
    #: Settings that must be references to secrets as a whole, such as ``${vault:kv/app#key}``.
    secret_settings: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def check(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings with defaults, secrets as references. Raises ``ValueError``."""

    @abstractmethod
    def send(
        self, message: OutgoingMessage, settings: Mapping[str, Any], guard: NetworkGuard
    ) -> str:
        """Send a message; return a few words on the answer. Raises ``DeliveryError``.

        ``settings`` have secrets in the place of references. It ends within a minute.
        """


def _checked(loaded: object) -> ChannelKind:
    if not isinstance(loaded, ChannelKind):
        raise PluginError(PluginFault.TYPE, f"It is a {type(loaded).__name__}, not a ChannelKind.")
    return loaded


#: Each entry loads to a ``ChannelKind``. The built-in ones are found in the same way.
CHANNEL_GROUP: PluginGroup[ChannelKind] = PluginGroup(
    "worldtree.notification_channels",
    "notification channel",
    _checked,
    name_of=lambda kind: kind.name,
)


@cache
def channel_kinds() -> LoadedPlugins[ChannelKind]:
    """Return all kinds, loaded once, and the broken ones."""
    return load_group(CHANNEL_GROUP)
