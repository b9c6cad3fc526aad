"""`tekana migrate`, as a person types it."""

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import psycopg
import pytest

from cli.main import main
from cli.migrations import MIGRATIONS
from cli.migrations.plan import read_plan
from config.environment import load_settings
from tests.cli.migrations.databases import pending

LAST = read_plan(MIGRATIONS).changes[-1].name


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TEKANA_DATABASE_URL", raising=False)
    monkeypatch.setenv("TEKANA_DATA_DIR", str(tmp_path / "data"))
    load_settings.cache_clear()


@dataclass
class Result:
    """What a person sees."""

    exit_code: int
    output: str
    complaint: str


Migrate = Callable[..., Result]


@pytest.fixture
def migrate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Migrate:
    """Runs `tekana migrate` with arguments, and an answer to what it asks."""

    def run(*arguments: str, answer: str = "") -> Result:
        monkeypatch.setattr("sys.argv", ["tekana", "migrate", *arguments])
        monkeypatch.setattr("sys.stdin", StringIO(answer))
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return Result(int(end.value.code or 0), said.out, said.err)

    return run


def test_deploy_shows_each_change_and_then_has_nothing_to_do(migrate: Migrate, url: str) -> None:
    first = migrate("deploy", "--url", url)
    assert first.exit_code == 0, first.output
    assert f"+ {LAST}\n" in first.output
    again = migrate("deploy", "--url", url)
    assert (again.exit_code, again.output) == (0, "Nothing to deploy.\n")


def test_status_says_where_each_change_stands(migrate: Migrate, url: str) -> None:
    migrate("deploy", "--to", "roles", "--url", url)
    result = migrate("status", "--url", url)
    lines = {line.split()[0]: line.split()[1] for line in result.output.splitlines() if line}
    assert (lines["roles"], lines[LAST]) == ("deployed", "pending")
    assert f"{len(read_plan(MIGRATIONS).changes) - 1} to deploy." in result.output


def test_revert_asks_first_and_takes_no_for_an_answer(migrate: Migrate, url: str) -> None:
    migrate("deploy", "--to", "roles", "--url", url)
    result = migrate("revert", "--url", url, answer="n\n")
    assert result.exit_code == 1
    assert "deployed" in migrate("status", "--url", url).output


def test_revert_with_yes_does_not_ask(migrate: Migrate, url: str) -> None:
    migrate("deploy", "--url", url)
    result = migrate("revert", "--to", "roles", "-y", "--url", url)
    assert result.exit_code == 0, result.output
    assert f"- {LAST}\n" in result.output
    assert "Revert every" not in result.output


def test_verify_ends_with_1_when_something_is_missing(migrate: Migrate, url: str) -> None:
    migrate("deploy", "--url", url)
    assert migrate("verify", "--url", url).exit_code == 0
    with psycopg.connect(url) as connection:
        connection.execute("drop view api.wallets cascade")
    result = migrate("verify", "--url", url)
    assert result.exit_code == 1
    assert "missing relation: api.wallets" in result.output
    assert "changes differ from what was deployed" in result.complaint


def test_the_database_of_the_settings_is_the_default(
    migrate: Migrate, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEKANA_DATABASE_URL", url)
    assert "to deploy." in migrate("status").output


@pytest.mark.parametrize("command", ["status", "deploy", "verify", "revert -y"])
def test_without_a_database_each_command_says_in_one_sentence_what_to_do(
    migrate: Migrate, command: str
) -> None:
    result = migrate(*command.split())
    assert result.exit_code == 1
    assert result.complaint.count("\n") == 1
    assert "give --url" in result.complaint
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["nowhere", ""])
@pytest.mark.parametrize("command", ["deploy", "revert -y"])
def test_an_unknown_change_is_refused_in_one_sentence(
    migrate: Migrate, url: str, command: str, name: str
) -> None:
    migrate("deploy", "--to", "roles", "--url", url)
    result = migrate(*command.split(), "--to", name, "--url", url)
    assert result.exit_code == 1
    assert result.complaint == (
        f"tekana: the plan has no change or tag \"{name}\": 'tekana migrate status' lists them\n"
    )
    assert len(pending(url)) == len(read_plan(MIGRATIONS).changes) - 1


def test_status_ends_with_1_where_nothing_can_be_deployed(migrate: Migrate, url: str) -> None:
    migrate("deploy", "--to", "roles", "--url", url)
    with psycopg.connect(url) as connection:
        connection.execute("update sqitch.changes set script_hash = 'another'")
    result = migrate("status", "--url", url)
    assert result.exit_code == 1
    assert "rewritten since" in result.output
    assert "to deploy" not in result.output
    assert result.complaint == (
        "1 change differs from what was deployed: see docs/migrations.md, 'When something fails'.\n"
    )


def test_a_setting_that_cannot_be_used_is_said_too(
    migrate: Migrate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEKANA_PORT", "many")
    result = migrate("status")
    assert result.exit_code == 1
    assert result.complaint.startswith("tekana: TEKANA_PORT: ")
