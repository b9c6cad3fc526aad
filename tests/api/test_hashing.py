"""Passwords are hashed in few threads; who would have to wait for long is told so at once."""

import asyncio

from api.errors import ApiError
from api.hashing import MOST_WAITING, verify_password


async def test_more_than_may_wait_are_answered_503_and_the_others_rightly():
    asked = (verify_password(None, "some password") for _ in range(MOST_WAITING + 5))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, ApiError)]
    assert [(error.status, error.headers["Retry-After"]) for error in refused] == [(503, "1")] * 5
    assert answers.count(False) == MOST_WAITING
    assert await verify_password("no hash at all", "some password") is False
    assert await verify_password(None, "nobody has this password") is False
