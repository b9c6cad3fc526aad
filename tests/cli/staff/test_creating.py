"""`tekana staff create`: a member of staff, or one sentence on why not."""

import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher

from cli.main import main
from cli.servers.postgres import PostgresServer

ROOT = Path(__file__).parents[3]
PASSWORD = b"a long and private sentence"
Done = subprocess.CompletedProcess[str]
Create = Callable[..., Done]
EMAIL, NUMBER = "Staff@Example.com", "+250780000000"


@pytest.fixture
def create(
    server: PostgresServer,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Create:
    """Runs the command; arguments are the bytes on standard input and the values of options."""

    def run(
        given: bytes,
        email: str = EMAIL,
        phone_number: str = NUMBER,
        url: str | None = None,
        role: str = "staff",
    ) -> Done:
        command = ["tekana", "staff", "create", "--url", url or server.url(database)]
        command += ["--email", email, "--phone-number", phone_number, "--role", role]
        monkeypatch.setattr("sys.argv", command)
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(given)))
        with pytest.raises(SystemExit) as end:
            main()
        return Done(command, int(end.value.code or 0), *capsys.readouterr())

    return run


def test_staff_get_the_password_that_was_read(
    server: PostgresServer, database: str, connection: psycopg.Connection
):
    command = [sys.executable, "-m", "cli.main", "staff", "create", "--url", server.url(database)]
    command += ["--email", EMAIL, "--phone-number", NUMBER]
    given = PASSWORD.decode() + "\r\nanother line\n"
    done = subprocess.run(command, input=given, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "staff@example.com" in done.stdout
    row = connection.execute("select email, role, password_hash from tekana.users").fetchone()
    assert row[:2] == ("staff@example.com", "STAFF")
    assert PasswordHasher().verify(row[2], PASSWORD)
    assert row[2].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("role", ["staff", "admin"])
def test_staff_get_the_role_that_is_asked_for(
    create: Create, connection: psycopg.Connection, role: str
):
    assert create(PASSWORD, role=role).returncode == 0
    assert connection.execute("select role from tekana.users").fetchone() == (role.upper(),)


def test_a_role_that_there_is_not_is_refused(create: Create):
    done = create(PASSWORD, role="owner")
    assert done.returncode == 2
    assert "owner" in done.stderr


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (b"", "shorter than 8 characters"),
        (b"short\n", "shorter than 8 characters"),
        (b"Password1\n", "one of the most common passwords"),
        (b"x" * 1025 + b"\n", "longer than 1024 characters"),
        (b"x" * 5_000_000, "longer than 1024 characters"),
        (b"a long \xff\xfe sentence\n", "UTF-8"),
        (b"a long \0 sentence\n", "NUL character"),
    ],
)
def test_a_password_that_cannot_be_is_refused_in_one_sentence(
    create: Create, given: bytes, problem: str
):
    done = create(given)
    assert done.returncode == 1
    assert done.stderr.startswith("tekana: the password ")
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1


def test_who_is_there_already_is_named(create: Create):
    assert create(PASSWORD).returncode == 0
    same_email = create(PASSWORD, phone_number="+250780000001")
    assert same_email.stderr == "tekana: another user already has this email\n"
    same_number = create(PASSWORD, email="other@example.com")
    assert same_number.stderr == "tekana: another user already has this phone_number\n"
    assert (same_email.returncode, same_number.returncode) == (1, 1)


def test_a_wrong_field_is_named(create: Create):
    done = create(PASSWORD, email="nobody")
    assert (done.returncode, done.stderr) == (1, "tekana: email: is not an email address\n")


def test_an_argument_that_is_no_text_is_refused_in_one_sentence(create: Create):
    done = create(PASSWORD, email=os.fsdecode(b"a\xff@example.com"))
    assert (done.returncode, done.stderr) == (1, "tekana: an argument is not valid UTF-8\n")


def test_a_database_without_the_schema_is_said(create: Create, server: PostgresServer):
    done = create(PASSWORD, url=server.url())
    assert done.returncode == 1
    assert done.stderr.startswith("tekana: the database does not have the schema of this version: ")


def test_a_url_that_is_none_is_refused_without_its_password(create: Create):
    done = create(PASSWORD, url="postgresq://u:sesame@127.0.0.1/d")
    assert done.returncode == 1
    assert done.stderr.startswith("tekana: --url is not a PostgreSQL URL: ")
    assert "sesame" not in done.stderr


def test_a_database_that_does_not_answer_is_not_waited_for(
    create: Create, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cli.commands.staff.ANSWER_SECONDS", 0.5)
    connection.execute("lock table tekana.users")
    done = create(PASSWORD)
    assert (done.returncode, done.stderr) == (1, "tekana: PostgreSQL does not answer\n")
