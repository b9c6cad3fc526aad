"""Which tests run together in one of several test processes, and in what order.

What is costly to start (a database with the whole schema, the API, a stack) is shared by the tests
of a file or of a room: those stay together. What takes long, mostly by waiting, begins first,
so that the short tests fill the gaps and no process is left with a long one at the end.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# The tests of these share one running API or stack, so each room is one group, but for some files.
ROOMS = ("tests/e2e/", "tests/api/test_")
OTHER_GROUPS = {
    "fields": ("fields",),
    "hashing": ("hashing",),
    # They share an API with narrow limits.
    "house": ("signing_in_limits", "interruptions", "ailing_valkey"),
    # They start an API for each test, beside the one that is there.
    "starting their own": (
        *("opposite_transfers", "poolers", "schemas", "silent_database", "slow_streams"),
        *("replacing", "starting", "stopping", "unread_logs", "unusual_starts"),
    ),
}
GROUPS = {
    f"tests/api/test_{subject}.py": group
    for group, subjects in OTHER_GROUPS.items()
    for subject in subjects
}
# These wait for seconds on end, each for servers of its own.
WAITING = "tests/workers/test_outages.py"
LONGEST_FIRST = (
    "tests/api/test_",
    "tests/e2e/",
    "tests/ledger/",
    "tests/workers/",
    "tests/cli/up/",
    "tests/cli/migrations/test_sqitch.py",
    "tests/api/data/test_fuzz.py",
    "tests/db/concurrency/",
    "tests/cli/",
    "tests/api/",
)


class Together(LoadScopeScheduling):
    """Hands out the tests of a room, or of a file, as one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file == WAITING:
            return nodeid
        room = next((room for room in ROOMS if file.startswith(room)), file)
        return GROUPS.get(file, room)


# Not the marks of --dist loadgroup: they have no effect with pytest 9.2, and nothing says so.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Which process runs what."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first; within a file they stay as written."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    places = enumerate(LONGEST_FIRST)
    return next(
        (place for place, start in places if item.nodeid.startswith(start)), len(LONGEST_FIRST)
    )
