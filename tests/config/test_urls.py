"""What is a URL of a server, and what only looks like one: its password is in no complaint."""

import pytest

from config.urls import check_redis_url, database_url, parse_database_url


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("postgresql://h/d", {"host": "h", "dbname": "d"}),
        (
            "postgres://u:p%40ss%2Fword@h:1,i:2/d?sslmode=require",
            {"user": "u", "password": "p@ss/word", "host": "h,i", "port": "1,2", "dbname": "d"}
            | {"sslmode": "require"},
        ),
        (
            "postgresql://u@/d?host=/run/postgresql&port=5432",
            {"user": "u", "host": "/run/postgresql", "port": "5432", "dbname": "d"},
        ),
        (
            f"postgresql://u@/d?host=/{'s' * 64}&options=-c%20jit%3Doff",
            {"user": "u", "host": f"/{'s' * 64}", "options": "-c jit=off", "dbname": "d"},
        ),
        (
            "postgresql://u:p@[::1]:5432/d",
            {"user": "u", "password": "p", "host": "::1"} | {"port": "5432", "dbname": "d"},
        ),
    ],
)
def test_its_parts_are_libpqs_and_make_it_again(url: str, parts: dict[str, str]) -> None:
    assert parse_database_url(url) == parts
    assert parse_database_url(database_url(parts)) == parts


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sesame",
        "host=h password=sesame",
        "http://u:sesame@h/d",
        "postgresq://u:sesame@127.0.0.1/d",
        "u:sesame@db.example/tekana",
        "postgresql://u:sesame@h:0/d",
        "postgresql://u:ses%zzame@h/d",
        "postgresql://u:ses%00ame@h/d",
        "postgresql://u:ses ame@h/d",
        "postgresql://u:sesame@[h/d",
        # Of each, libpq would take a part of the password for a host, a port or a database.
        "postgresql://u:open@sesame@h/d",
        "postgresql://u:p@ss:sesame@127.0.0.1:1/d",
        "postgresql://u:12/sesame@h/d",
        "postgresql://u:sesame/d",
        "postgresql://u:99999999/d",
        # And of these urllib would.
        "postgresql://u:ses?ame@h/d",
        "postgresql://u:ses#ame@h/d",
        "postgresql://u:ses[ame@h/d",
        "postgresql://u:ses\u2100ame@h/d",
        "postgresql://u:ses\udcffame@h/d",
        # No name of a host is like these, and Python fails over them instead of finding none.
        "postgresql://u:sesame@../d",
        f"postgresql://u:sesame@h,{'h' * 64}/d",
    ],
)
def test_what_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a PostgreSQL URL: ") as refused:
        parse_database_url(url)
    complaint = str(refused.value)
    assert not any(part in complaint for part in ("ses", "ame", "open", "9999"))


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://u:p%40ss@h:6379/0",
        "rediss://:p@[::1]/1?ssl_ca_certs=/ca.pem",
        "unix:///run/valkey.sock?db=1&socket_timeout=3",
    ],
)
def test_what_the_client_takes_is_a_url_of_redis(url: str) -> None:
    assert check_redis_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sesame",
        "http://:sesame@h",
        "redis://:sesame@h:port",
        "redis://:open@sesame@h/0/@",
        "redis://:12/sesame@h/0",
        "redis://:ses?ame@h/0",
        "redis://:ses\u2100ame@h/0",
        "redis://:[ses@h/0",
        "redis://:sesame@../0",
        f"redis://:sesame@{'h' * 64}/0",
        "redis://:sesame@h/0?timeout=3",
        "redis://:sesame@h/0?ssl_ca_certs=x",
        "rediss://:sesame@h/0?ssl_cert_reqs=some",
    ],
)
def test_what_is_no_url_of_redis_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a Redis URL: ") as refused:
        check_redis_url(url)
    assert not any(part in str(refused.value) for part in ("ses", "ame", "open"))
