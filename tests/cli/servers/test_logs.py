"""What a child writes is kept from start to start, and put aside when it has become too much."""

from pathlib import Path

from cli.servers.child import LARGEST_OLD_LOG
from cli.servers.valkey import ValkeyServer


def test_a_long_log_is_put_aside_when_its_writer_starts(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey")
    with server.log_path.open("wb") as log:
        log.truncate(LARGEST_OLD_LOG + 1)
    for _ in range(2):
        server.start()
        server.stop()
    assert server.log_path.read_text().count("Ready to accept connections") == 2
    assert (tmp_path / "valkey.old.log").stat().st_size == LARGEST_OLD_LOG + 1
