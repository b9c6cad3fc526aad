"""The database that Tekana runs on, embedded or one's own, and who connects to it as whom."""

from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from cli.servers.postgres import PostgresServer
from cli.trouble import Trouble, describe
from cli.up.kept_secrets import database_password
from config.connections import CONNECT_SECONDS, PromptConnection
from config.queries import load_queries
from config.settings import Settings
from config.urls import database_url, parse_database_url

QUERIES = load_queries(Path(__file__).parent / "queries.sql")
DATABASE = "tekana"
API_ROLE, WORKER_ROLE = "tekana_authenticator", "tekana_worker"
POOLS_OF_A_PROCESS = 8  # of the API: for each role, to read and to write
ANSWER_SECONDS = 30.0  # longest that a server may take to set a password
OTHER_CONNECTIONS = 60  # the worker, people with psql, migrations


@dataclass(frozen=True)
class Logins:
    """Where the API and the worker connect to."""

    api_url: str
    worker_url: str


def embedded_server(settings: Settings, data_directory: Path) -> PostgresServer:
    """The embedded PostgreSQL of a data directory, with room for what the settings allow."""
    of_a_process = settings.database_pool_size * POOLS_OF_A_PROCESS + 1  # which listens
    connections = str(max(200, settings.workers * of_a_process + OTHER_CONNECTIONS))
    return PostgresServer(data_directory / "postgres", None, {"max_connections": connections})


def create_database(server: PostgresServer) -> str:
    """The owner's URL of the embedded server's database, which is made when it is not there."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        found = connection.execute("select from pg_database where datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    return server.url(DATABASE)


def check_given_logins(settings: Settings) -> None:
    """See that the API and the worker get in where the settings say where that is.

    Raises:
        Trouble: one of them does not.
    """
    for name in ("api_database_url", "worker_database_url"):
        url: str | None = getattr(settings, name)
        try:
            if url is not None:
                psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
        except psycopg.Error as error:
            raise Trouble(
                f"TEKANA_{name.upper()} cannot be used ({describe(error)}): correct it, or leave "
                "it out"
            ) from None


def embedded_logins(settings: Settings, server: PostgresServer) -> Logins:
    """The embedded server asks for no password: nobody else can enter its socket's directory."""
    return Logins(
        settings.api_database_url or server.url(DATABASE, API_ROLE),
        settings.worker_database_url or server.url(DATABASE, WORKER_ROLE),
    )


def external_logins(settings: Settings) -> Logins:
    """Let the API and the worker into a server of one's own, each as the role made for it.

    A URL that the settings give is left alone: then its password is their giver's care.

    Raises:
        Trouble: a role's password cannot be set, or another deployment has set it.
    """
    owner_url = settings.require("database_url")
    return Logins(
        settings.api_database_url or _login(settings, owner_url, API_ROLE),
        settings.worker_database_url or _login(settings, owner_url, WORKER_ROLE),
    )


def _login(settings: Settings, owner_url: str, role: str) -> str:
    password = database_password(settings, role)
    parts = parse_database_url(owner_url) | {"user": role, "password": password}
    url = database_url(parts)
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError as error:
        _set_password(owner_url, role, password, describe(error))
    return url


def _set_password(owner_url: str, role: str, password: str, refusal: str) -> None:
    variable = "TEKANA_API_DATABASE_URL" if role == API_ROLE else "TEKANA_WORKER_DATABASE_URL"
    try:
        with PromptConnection.connect(owner_url, answer_seconds=ANSWER_SECONDS) as connection:
            others = connection.execute(QUERIES["find_other_users"], {"role": role}).fetchall()
            if others:
                names = ", ".join(name for (name,) in others)
                raise Trouble(
                    f"role {role} cannot sign in ({refusal}), and is used by another deployment "
                    f"(database {names}): give both the same TEKANA_JWT_SECRET, or set {variable}"
                )
            # Hashed here, so that the password itself is in no statement and no server's log.
            hashed = connection.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            )
            statement = sql.SQL("alter role {} password {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(hashed.decode())))
    except psycopg.Error as error:
        raise Trouble(
            f"the password of role {role} cannot be set ({describe(error)}): let the "
            f"role of TEKANA_DATABASE_URL do it, or set {variable}"
        ) from None
