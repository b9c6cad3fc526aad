"""A PostgreSQL cluster at rest: made when there is none, refused when another version made it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from cli.servers import ServerError
from cli.servers.accounts import Account
from cli.servers.sockets import make_private

SUPERUSER = "postgres"
# What a line of initdb's has in it when it says why: its own, or of the server that it ran.
COMPLAINT = re.compile(r"\b(error|fatal|panic):", re.IGNORECASE)


def initialise(data_directory: Path, bin_directory: Path, account: Account | None) -> None:
    """Make a new cluster in an empty directory.

    Raises:
        ServerError: the directory holds something else, or initdb fails.
    """
    if any(data_directory.iterdir()):
        raise ServerError(
            f"{data_directory} is neither empty nor a PostgreSQL cluster: move its contents "
            "elsewhere, or set TEKANA_DATA_DIR to another directory"
        )
    # Into a directory beside it, renamed when whole: a crash half-way leaves nothing behind.
    scratch = data_directory.with_name(data_directory.name + ".new")
    shutil.rmtree(scratch, ignore_errors=True)
    make_private(scratch, account)
    command = ["initdb", "-D", str(scratch), "-U", SUPERUSER, "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    result = run_binary(bin_directory, command, account)
    if result.returncode != 0:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines()
        problem = next(filter(COMPLAINT.search, said), (said or ["?"])[-1])
        raise ServerError(f"PostgreSQL's initdb failed in {scratch}: {problem}")
    data_directory.rmdir()
    scratch.rename(data_directory)


def check_version(data_directory: Path, bin_directory: Path) -> None:
    """See that a cluster was made by the major version that is to run it.

    Raises:
        ServerError: it was made by another.
    """
    try:
        found = (data_directory / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise ServerError(f"cannot read {data_directory}/PG_VERSION: {error.strerror}") from None
    ours = binary_version(bin_directory)
    if found != str(ours):
        raise ServerError(
            f"{data_directory} was created by PostgreSQL {found}, but this is {ours}: move the "
            "data with pg_dump and pg_restore, or set TEKANA_DATA_DIR to another directory"
        )


def binary_version(bin_directory: Path) -> int:
    """Major version of the PostgreSQL in a directory of binaries.

    Raises:
        ServerError: there is none, or it cannot be run.
    """
    answer = run_binary(bin_directory, ["postgres", "--version"])
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if found is None:
        problem = answer.stderr.strip() or "it does not report its version"
        raise ServerError(f"{bin_directory / 'postgres'} is not PostgreSQL: {problem}")
    return int(found[1])


def server_environment() -> dict[str, str]:
    """Our environment without what changes how PostgreSQL runs (PGPORT, PGOPTIONS, …)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C.UTF-8"}


def run_binary(
    bin_directory: Path, command: list[str], account: Account | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs to its end, whatever that is.

    Args:
        bin_directory: where it is.
        command: its name and arguments.
        account: who it runs as; None: ourselves.

    Raises:
        ServerError: it cannot be run.
    """
    try:
        return subprocess.run(  # noqa: S603 - our own binary, no shell
            [bin_directory / command[0], *command[1:]],
            capture_output=True,
            text=True,
            env=server_environment(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
            check=False,
            start_new_session=True,  # as the servers: Ctrl-C is for the supervisor
        )
    except OSError as error:
        raise ServerError(f"{bin_directory / command[0]} cannot be run: {error.strerror}") from None
