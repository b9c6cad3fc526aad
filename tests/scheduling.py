"""Which tests run together in one of several test processes, and in what order.

What is costly to start (a database with the whole schema, the API, a stack) is shared by the tests
of a file or of a room: those stay together. What takes long, mostly by waiting, begins first,
so that the short tests fill the gaps and no process is left with a long one at the end.
"""

import pytest

# The tests of these share one running API or stack, so each room is one group.
ROOMS = ("tests/e2e/", "tests/api/test_")
LONGEST_FIRST = (
    "tests/e2e/",
    "tests/chaos/",
    "tests/ledger/",
    "tests/workers/",
    "tests/api/test_",
    "tests/cli/up/",
    "tests/cli/migrations/test_sqitch.py",
    "tests/api/data/test_fuzz.py",
    "tests/db/concurrency/",
    "tests/cli/",
    "tests/api/",
)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Group the tests and put the long ones first; within a file they stay as written."""
    for item in items if config.pluginmanager.hasplugin("xdist") else ():
        group = item.nodeid.partition("::")[0]
        group = next((room for room in ROOMS if group.startswith(room)), group)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    places = enumerate(LONGEST_FIRST)
    return next(
        (place for place, start in places if item.nodeid.startswith(start)), len(LONGEST_FIRST)
    )
