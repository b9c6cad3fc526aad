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
_LONGEST_ANSWER = 65_536  # bytes; what is longer is no answer


class IntouchGateway:
    """Posts `recipients`, `message` and `sender`."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings) -> None:
        self._client = client
        self._url = settings.require("sms_url")
        self._sender = settings.sms_sender
        self._timeout_seconds = settings.sms_timeout_seconds

    async def send(self, to: str, message: str) -> str | None:
        """Post it; any 2xx means that the gateway has it, unless its answer says otherwise.

        Raises:
            SmsRefused: a 4xx, which says that the same request will never be right.
            SmsUnavailable: no answer in time, a 5xx, a 4xx that asks to wait, or a 2xx that says
                that there was no success.
        """
        form = {"recipients": to, "message": message, "sender": self._sender}
        status, body = 0, b""
        try:
            # Around everything: httpx bounds each step only, and a server may trickle for ever.
            async with (
                asyncio.timeout(self._timeout_seconds),
                self._client.stream("POST", self._url, data=form) as response,
            ):
                status = response.status_code
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _LONGEST_ANSWER:
                        break
        # Once there is a status the SMS is taken or not, whatever becomes of the rest.
        except TimeoutError:
            if not status:
                raise SmsUnavailable(
                    f"the gateway did not answer within {self._timeout_seconds:g} s"
                ) from None
        except httpx.HTTPError as error:
            if not status:
                why = type(error).__name__
                raise SmsUnavailable(f"cannot talk to the gateway: {why}") from None
        return _read_answer(status, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def open_gateway(settings: Settings) -> IntouchGateway:
    """The Intouch gateway at `TEKANA_SMS_URL`.

    Raises:
        SettingsError: the URL is missing or no URL, the user name or password is missing, or the
            user name has a colon in it.
    """
    if not _is_url(settings.require("sms_url")):
        raise SettingsError("TEKANA_SMS_URL must be a URL that begins with https:// or http://")
    username = settings.require("sms_username")
    if ":" in username:  # RFC 7617, section 2: what follows it would be taken for the password
        raise SettingsError(
            "TEKANA_SMS_USERNAME must not contain a ':', which would end the user name"
        )
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


def _read_answer(status: int, body: bytes) -> str | None:
    """The gateway's id of the SMS that it took.

    Raises:
        SmsRefused: it never will.
        SmsUnavailable: it did not, and may the next time.
    """
    # Never the body of the answer in a problem: it may repeat the number and the text.
    problem = f"the gateway answered {status}"
    if 400 <= status < 500 and status not in _TRY_AGAIN:
        raise SmsRefused(problem)
    if not 200 <= status < 300:
        raise SmsUnavailable(problem)
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    if answer.get("success") is False:
        raise SmsUnavailable(f"{problem}, and that it did not succeed")
    return _find_reference(answer)


def _find_reference(answer: dict[str, Any]) -> str | None:
    """The id in an answer, at its top or in the first of its `details`.

    Whatever it is, the gateway has the SMS: what could not be kept would send it again.
    """
    details = answer.get("details")
    first = details[0] if isinstance(details, list) and details else None
    parts = [first, answer] if isinstance(first, dict) else [answer]
    found = (part[key] for part in parts for key in _REFERENCE_KEYS if key in part)
    reference = next((str(value) for value in found if value), "")
    return "".join(filter(str.isprintable, reference))[:_LONGEST_REFERENCE] or None
