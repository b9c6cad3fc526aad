"""Account numbers: of one form, never twice, and not to be guessed from one's own."""

import re
from itertools import pairwise
from math import gcd

import psycopg
import pytest

from cli.servers.postgres import PostgresServer

MANY = 5000
NUMBERS = """
    select tekana.next_account_number('PERSONAL') from generate_series(1, %s)
"""


def test_thousands_of_numbers_are_unique_and_of_the_right_form(
    connection: psycopg.Connection,
) -> None:
    numbers = [number for (number,) in connection.execute(NUMBERS, [MANY])]
    assert len(set(numbers)) == MANY
    assert all(re.fullmatch(r"PERSONAL-[0-9]{8}", number) for number in numbers)


def test_numbers_do_not_follow_each_other(connection: psycopg.Connection) -> None:
    digits = [int(number[-8:]) for (number,) in connection.execute(NUMBERS, [100])]
    assert all(abs(after - before) > 1000 for before, after in pairwise(digits))


def test_no_number_comes_again_before_all_have_come(connection: psycopg.Connection) -> None:
    # A constant step round the circle of 10^8 numbers visits each, if it has no factor in common.
    digits = [int(number[-8:]) for (number,) in connection.execute(NUMBERS, [100])]
    steps = {(after - before) % 10**8 for before, after in pairwise(digits)}
    assert [gcd(step, 10**8) for step in steps] == [1]


def test_the_last_number_there_is_is_of_the_right_form_and_no_more_come(
    server: PostgresServer, database: str
) -> None:
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        connection.execute("select setval('tekana.account_number_sequence', 99999998)")
        (last,) = connection.execute(NUMBERS, [1]).fetchone()
        assert re.fullmatch(r"PERSONAL-[0-9]{8}", last)
        with pytest.raises(psycopg.errors.SequenceGeneratorLimitExceeded):
            connection.execute(NUMBERS, [1])
