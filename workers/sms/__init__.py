"""SMS gateways. Each is one file of this package, named as `TEKANA_SMS_GATEWAY` names it.

To add one, write `workers/sms/<name>.py` with a function `open_gateway(settings) -> SmsGateway`.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from config.settings import Settings, SettingsError


class SmsRefused(RuntimeError):  # noqa: N818 - says what happened, as the gateway would
    """The gateway will never take this SMS. The message carries no number, no text of the SMS."""


class SmsUnavailable(RuntimeError):  # noqa: N818
    """The gateway did not take the SMS and may the next time. The message: as `SmsRefused`."""


class SmsGateway(Protocol):
    """Somebody who delivers SMS."""

    async def send(self, to: str, message: str) -> str | None:
        """Hand one SMS over.

        Args:
            to: phone number in E.164, with its `+`.
            message: the text.

        Returns:
            The gateway's own reference to it, where it gives one.

        Raises:
            SmsRefused: trying again is pointless.
            SmsUnavailable: trying again may help.
        """

    async def close(self) -> None:
        """Let go of connections."""


def open_gateway(settings: Settings) -> SmsGateway:
    """The gateway that `TEKANA_SMS_GATEWAY` names.

    Raises:
        SettingsError: there is none of that name, or it lacks a setting, or may not be used here.
    """
    names = sorted(module.name for module in iter_modules(__path__))
    if settings.sms_gateway not in names:
        raise SettingsError(
            f"TEKANA_SMS_GATEWAY is '{settings.sms_gateway}': choose one of {', '.join(names)}"
        )
    gateway: SmsGateway = import_module(f"{__name__}.{settings.sms_gateway}").open_gateway(settings)
    return gateway
