"""The stack over two machines: a primary, and a synchronous standby that takes its place."""

import shutil
from pathlib import Path

import psycopg

from cli.servers.accounts import account_for
from cli.servers.cluster import SUPERUSER, run_binary
from cli.servers.postgres import PostgresServer
from cli.servers.sockets import make_private
from tests.chaos.stack import Stack, binaries
from tests.waiting import eventually


class StandbyStack(Stack):
    """A stack whose `postgres` is the primary of the moment; programs find it by themselves."""

    def __init__(self, folder: Path) -> None:
        self.standby = PostgresServer(folder / "standby", binaries())
        super().__init__(folder)

    def __enter__(self) -> "StandbyStack":
        super().__enter__()
        self._exits.callback(self.standby.stop)
        try:
            self._let_standby_follow()
        except BaseException:
            self.__exit__()
            raise
        return self

    def url(self, role: str) -> str:
        """Both machines, of which the one that can be written to is meant."""
        pair = (self.postgres, self.standby)
        hosts = ",".join(str(one.socket_directory) for one in pair)
        ports = ",".join(str(one.port) for one in pair)
        place = f"host={hosts}&port={ports}&target_session_attrs=read-write"
        return f"postgresql://{role}@/{self.database}?{place}"

    def fail_over(self) -> None:
        """The primary is gone, its disk too; the standby takes its place and gets a new standby."""
        self.end_postgres()
        with psycopg.connect(self.standby.url(), autocommit=True) as connection:
            connection.execute("select pg_promote()")
            _wait_for(connection, "")  # there is nobody to wait for
        self.postgres, self.standby = self.standby, self.postgres
        self._let_standby_follow()

    def _let_standby_follow(self) -> None:
        """Make the standby from a copy of the primary, which waits for it with every commit."""
        account = account_for(self.postgres.data_directory)
        copy = self.standby.data_directory
        shutil.rmtree(copy, ignore_errors=True)
        make_private(copy, account)
        place = f"host={self.postgres.socket_directory} port={self.postgres.port} user={SUPERUSER}"
        command = ["pg_basebackup", "-d", place, "-D", str(copy), "--checkpoint=fast"]
        command.append("--write-recovery-conf")
        done = run_binary(self.postgres.bin_directory, command, account)
        assert done.returncode == 0, done.stderr
        self.standby.start()
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            _wait_for(connection, "*")
            query = "select count(*) from pg_stat_replication where sync_state = 'sync'"
            eventually(lambda: connection.execute(query).fetchone() == (1,), 30, "the standby")


def _wait_for(connection: psycopg.Connection, standbys: str) -> None:
    """Let a primary wait with every commit until these have it on disk."""
    connection.execute(f"alter system set synchronous_standby_names = '{standbys}'")
    connection.execute("select pg_reload_conf()")
