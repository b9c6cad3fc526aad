"""One kill of each kind, under load; `make chaos` does twenty of each."""

from collections.abc import Iterator

import pytest

from tests.chaos.kinds import KINDS, Chaos, started


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    with started(tmp_path_factory.mktemp("chaos")) as chaos:
        yield chaos


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_or_doubled(chaos: Chaos, kind: str) -> None:
    report = chaos.run(kind, times=1)
    assert report.books.are_right, report
    assert report.books.acknowledged > 0
