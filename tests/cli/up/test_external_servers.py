"""`tekana up` on servers of one's own: let in with a password, or refused in one sentence."""

import re
import socket
import struct
import threading

import psutil
import psycopg
import pytest

from cli.servers import ServerError
from cli.servers.external import check_postgres, check_redis
from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer

from .conftest import free_port, private_place, processes_of

HBA = """
local all postgres trust
host all all 127.0.0.1/32 scram-sha-256
"""


@pytest.fixture(scope="module")
def owned():
    """A PostgreSQL that asks for passwords, and the URL of a database's owner, no superuser."""
    with private_place() as place:
        place.parent.chmod(0o711)
        hba = place.parent / "pg_hba.conf"
        hba.write_text(HBA)
        hba.chmod(0o644)
        port = free_port()
        settings = {"listen_addresses": "127.0.0.1", "hba_file": str(hba), "fsync": "off"}
        settings |= {"log_statement": "ddl"}
        server = PostgresServer(place, settings=settings, port=port)
        server.start()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(
                "create role owner with login createrole createdb password 'open sesame'"
            )
            connection.execute("create database wallets owner owner")
        yield f"postgresql://owner:open%20sesame@127.0.0.1:{port}/wallets"
        server.stop()
        told = re.findall(r"alter role .* password '(.{14})", server.log_path.read_text())
        assert set(told) <= {"SCRAM-SHA-256$"}  # a log may hold that, and no password


@pytest.fixture
def valkey_url(place):
    server = ValkeyServer(place.parent / "valkey")
    server.start()
    yield server.url
    server.stop()


def test_it_deploys_there_and_lets_the_api_in_with_a_password(start, owned, valkey_url, place):
    up = start(TEKANA_DATABASE_URL=owned, TEKANA_REDIS_URL=valkey_url).wait_until_up()
    assert set(up.running()) == {"API", "worker"}
    assert "sesame" not in up.output
    for name, pid in up.running().items():
        told = psutil.Process(pid).environ()
        assert "TEKANA_DATABASE_URL" not in told
        url = told["TEKANA_API_DATABASE_URL" if name == "API" else "TEKANA_WORKER_DATABASE_URL"]
        with psycopg.connect(url) as connection:
            user, password = connection.info.user, connection.info.password
            assert connection.execute("select current_user").fetchone() == (user,)
        assert user == ("tekana_authenticator" if name == "API" else "tekana_worker")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(password, "guessed"))
    up.stop()
    assert processes_of(place) == []
    start(TEKANA_DATABASE_URL=owned, TEKANA_REDIS_URL=valkey_url).wait_until_up()


def test_the_password_of_another_deployment_is_not_overwritten(owned, refusal, start, valkey_url):
    def secret(letter):
        return {
            "TEKANA_DATABASE_URL": owned,
            "TEKANA_REDIS_URL": valkey_url,
            "TEKANA_JWT_SECRET": letter * 32,
        }

    up = start(**secret("a")).wait_until_up()
    pid = up.running()["API"]
    url = psutil.Process(pid).environ()["TEKANA_API_DATABASE_URL"]
    with psycopg.connect(url):  # as the real API keeps some open
        up.stop()
        sentence = refusal(**secret("b"))
        assert "role tekana_authenticator cannot sign in" in sentence
        assert "used by another deployment (database wallets)" in sentence
        psycopg.connect(url).close()
    other = owned.replace("/wallets", "/others")
    with psycopg.connect(owned, autocommit=True) as connection:
        connection.execute("create database others owner owner")
    sentence = refusal(**secret("b") | {"TEKANA_DATABASE_URL": other})
    assert "used by another deployment (database wallets)" in sentence
    psycopg.connect(url).close()
    start(**secret("a") | {"TEKANA_DATABASE_URL": other}).wait_until_up().stop()
    with psycopg.connect(owned, autocommit=True) as connection:
        connection.execute("drop database others with (force)")
    start(**secret("b")).wait_until_up()  # nobody else is there: a secret may be a new one


def test_a_wrong_password_is_not_repeated(refusal, owned):
    sentence = refusal(TEKANA_DATABASE_URL=owned.replace("open", "close"))
    assert "password authentication failed" in sentence
    assert "sesame" not in sentence


def test_a_database_in_another_encoding(owned):
    with psycopg.connect(owned, autocommit=True) as connection:
        connection.execute("create database latin template template0 encoding 'LATIN1' locale 'C'")
    with pytest.raises(ServerError, match="has encoding LATIN1"):
        check_postgres(owned.replace("/wallets", "/latin"))


def answering(reply):
    """A server that answers each message it gets; no such old server can be installed here."""

    def serve(listener):
        connection, _ = listener.accept()
        with connection:
            while message := connection.recv(4096):
                connection.sendall(reply(message))

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=[listener], daemon=True).start()
    return listener


def test_a_postgresql_that_is_too_old():
    def reply(message):
        if message[4:8] == struct.pack("!I", 80877103):  # may we speak TLS?
            return b"N"
        if message[:1] == b"X":
            return b""
        status = b"server_version\x0014.19\x00"
        return (
            b"R" + struct.pack("!II", 8, 0)
            + b"S" + struct.pack("!I", 4 + len(status)) + status
            + b"Z" + struct.pack("!I", 5) + b"I"
        )  # fmt: skip

    with answering(reply) as listener:
        url = f"postgresql://owner@127.0.0.1:{listener.getsockname()[1]}/x?gssencmode=disable"
        with pytest.raises(ServerError, match="is version 14: Tekana needs 15 or later"):
            check_postgres(url)


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ("redis_version:6.2.14", "the Redis of .* is version 6.2.14"),
        ("redis_version:7.2.4\r\nvalkey_version:7.2.9", "the Valkey of .* is version 7.2.9"),
        ("redis_version:7.0.15", None),
        ("redis_version:7.2.4\r\nvalkey_version:8.0.1", None),
    ],
)
def test_a_redis_that_is_too_old(told, refused):
    def reply(message):
        if b"INFO" not in message or b"SETINFO" in message:
            return b"+OK\r\n" * message.count(b"SETINFO")
        text = f"# Server\r\n{told}\r\n".encode()
        return b"$%d\r\n%s\r\n" % (len(text), text)

    with answering(reply) as listener:
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        if refused is None:
            assert "127.0.0.1" in check_redis(url)
        else:
            with pytest.raises(ServerError, match=refused):
                check_redis(url)
