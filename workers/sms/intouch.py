"""Intouch: a form over HTTP with Basic authentication, as several Rwandan gateways speak it."""

import asyncio
import json
from typing import Any

import httpx

from config.settings import Settings, SettingsError
from workers.sms import SmsRefused, SmsUnavailable

# Request Timeout, Too Early, Too Many Requests (RFC 9110, 8470, 6585): the SMS itself is fine.
_TRY_AGAIN = frozenset({408, 425, 429})
_REFERENCE_KEYS = ("messageid", "message_id", "reference", "id")
_LONGEST_REFERENCE = 100


class IntouchGateway:
    """Posts `recipients`, `message` and `sender`."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings) -> None:
        self._client = client
        self._url = settings.require("sms_url")
        self._sender = settings.sms_sender
        self._timeout_seconds = settings.sms_timeout_seconds

    async def send(self, to: str, message: str) -> str | None:
        """Post it; any 2xx means that the gateway has it.

        Raises:
            SmsRefused: a 4xx, which says that the same request will never be right.
            SmsUnavailable: no answer in time, a 5xx, or a 4xx that asks to wait.
        """
        form = {"recipients": to, "message": message, "sender": self._sender}
        try:
            # Around everything: httpx bounds each step only, and a server may trickle for ever.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._client.post(self._url, data=form)
        except TimeoutError:
            raise SmsUnavailable(
                f"the gateway did not answer within {self._timeout_seconds:g} s"
            ) from None
        except httpx.HTTPError as error:
            raise SmsUnavailable(f"cannot talk to the gateway: {type(error).__name__}") from None
        # Never the body of the answer in a problem: it may repeat the number and the text.
        problem = f"the gateway answered {response.status_code}"
        if response.is_success:
            return find_reference(response.content)
        if response.is_client_error and response.status_code not in _TRY_AGAIN:
            raise SmsRefused(problem)
        raise SmsUnavailable(problem)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def open_gateway(settings: Settings) -> IntouchGateway:
    """The Intouch gateway at `TEKANA_SMS_URL`.

    Raises:
        SettingsError: the URL is missing or no URL, or the user name or password is missing.
    """
    if not _is_url(settings.require("sms_url")):
        raise SettingsError("TEKANA_SMS_URL must be a URL that begins with https:// or http://")
    username = settings.require("sms_username")
    client = httpx.AsyncClient(
        auth=httpx.BasicAuth(username, settings.require("sms_password")),
        timeout=None,  # noqa: S113 - send() has one
        headers={"accept": "application/json"},
    )
    return IntouchGateway(client, settings)


def _is_url(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in {"https", "http"} and bool(url.host)


def find_reference(body: bytes) -> str | None:
    """The gateway's id of the SMS in its answer, at the top or in the first of its `details`.

    Whatever the answer is, the gateway has the SMS: what could not be kept would send it again.
    """
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    details = answer.get("details")
    first = details[0] if isinstance(details, list) and details else None
    parts = [first, answer] if isinstance(first, dict) else [answer]
    found = (part[key] for part in parts for key in _REFERENCE_KEYS if key in part)
    reference = next((str(value) for value in found if value), "")
    return "".join(filter(str.isprintable, reference))[:_LONGEST_REFERENCE] or None
