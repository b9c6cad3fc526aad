"""What keeps `tekana up` from starting: one sentence, exit code 1, nothing left running."""

import os
import resource
import socket

import pytest

from cli.trouble import Trouble
from cli.up.files import write_private
from cli.up.kept_secrets import complete
from cli.up.port import check_free
from config.settings import Settings, SettingsError

from .conftest import Up, processes_of


def test_a_port_in_use(start, port, place):
    with socket.create_server(("127.0.0.1", port)):
        up = start()
        assert up.process.wait(60) == 1, up.output
    assert "Traceback" not in up.output
    [sentence] = [line for line in up.output.splitlines() if line.startswith("tekana: ")]
    assert f"port {port} of 127.0.0.1 is in use" in sentence
    assert processes_of(place) == []
    assert not (place / "postgres").exists()


def test_a_program_that_ends_again_and_again(refusal, place):
    sentence = refusal(STAND_IN_API="breaks")
    assert "API ended with exit code 1, 3 times in a row" in sentence
    assert "the API lacks something" in sentence
    assert processes_of(place) == []


def test_a_data_directory_that_is_a_file(refusal, place):
    place.write_text("")
    assert "cannot be used (File exists)" in refusal()


def test_data_of_another_postgresql(refusal, place):
    (place / "postgres").mkdir(parents=True)
    (place / "postgres" / "PG_VERSION").write_text("14\n")
    assert "was created by PostgreSQL 14, but this is 18" in refusal()
    assert processes_of(place) == []


def test_a_directory_of_something_else_in_the_place_of_the_data(refusal, place):
    (place / "postgres").mkdir(parents=True)
    (place / "postgres" / "letters.txt").write_text("dear")
    assert "is neither empty nor a PostgreSQL cluster" in refusal()
    assert (place / "postgres" / "letters.txt").exists()
    assert processes_of(place) == []


def test_a_database_that_cannot_be_reached(refusal):
    sentence = refusal(TEKANA_DATABASE_URL="postgresql://owner:sesame@127.0.0.1:1/tekana")
    assert "PostgreSQL at 127.0.0.1:1/tekana cannot be reached" in sentence
    assert "sesame" not in sentence


def test_a_redis_that_cannot_be_reached(refusal):
    sentence = refusal(TEKANA_REDIS_URL="redis://:sesame@127.0.0.1:1/0")
    assert "Redis at 127.0.0.1:1 cannot be reached" in sentence
    assert "sesame" not in sentence


def test_a_redis_url_that_is_none(refusal):
    sentence = refusal(TEKANA_REDIS_URL="redis://owner:12/sesame@127.0.0.1:1/0")
    assert "TEKANA_REDIS_URL is not a Redis URL" in sentence
    assert not any(part in sentence for part in ("12", "sesame"))


@pytest.mark.parametrize("host", ["..", "h" * 64, "no where"])
def test_a_host_that_no_name_can_be(host):
    with pytest.raises(Trouble, match="TEKANA_HOST is not an address to listen on"):
        check_free(host, 8000)


def test_a_setting_out_of_range(refusal):
    assert "TEKANA_PORT" in refusal(TEKANA_PORT="99999")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_data_directory_that_cannot_be_written(refusal, place):
    place.mkdir(mode=0o500)
    assert "cannot be used (Permission denied)" in refusal()


def test_an_address_of_another_machine():
    with pytest.raises(Trouble, match="TEKANA_HOST is not an address of this machine"):
        check_free("192.0.2.1", 8000)


@pytest.mark.parametrize(
    "variable", ["TEKANA_DATABASE_URL", "TEKANA_API_DATABASE_URL", "TEKANA_WORKER_DATABASE_URL"]
)
def test_a_database_url_that_is_none(refusal, variable):
    sentence = refusal(**{variable: "postgresql://owner:p@ss:sesame@127.0.0.1:1/tekana"})
    assert f"{variable} is not a PostgreSQL URL" in sentence
    assert "ss" not in sentence.replace("password", "")


def test_production_without_its_secrets(tmp_path):
    with pytest.raises(SettingsError, match="TEKANA_JWT_SECRET is not set"):
        complete(Settings(env="production"), tmp_path)


@pytest.mark.parametrize("kept", ["{", "[]", '{"jwt_secret": 5}'])
def test_damaged_secrets(tmp_path, kept):
    (tmp_path / "secrets.json").write_text(kept)
    with pytest.raises(Trouble, match=r"secrets\.json is damaged"):
        complete(Settings(), tmp_path)


def test_secrets_that_are_made_one_after_the_other_are_all_kept(tmp_path):
    first = complete(Settings(jwt_secret="j" * 32), tmp_path)
    assert first.jwt_secret.get_secret_value() == "j" * 32
    second = complete(Settings(), tmp_path)
    assert second.otp_secret == first.otp_secret
    assert complete(Settings(), tmp_path) == second


def test_kept_secrets_that_are_too_short(refusal, place):
    place.mkdir()
    (place / "secrets.json").write_text('{"jwt_secret": "brief", "otp_secret": "brief"}')
    sentence = refusal()
    assert f"{place}/secrets.json cannot be used (TEKANA_JWT_SECRET: " in sentence
    assert "brief" not in sentence


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TEKANA_ENV": "production"}, "TEKANA_SMS_GATEWAY is 'console', which writes one-time"),
        ({"TEKANA_SMS_GATEWAY": "pigeon"}, "TEKANA_SMS_GATEWAY is 'pigeon': choose one of"),
        ({"TEKANA_SMS_GATEWAY": "intouch"}, "TEKANA_SMS_URL is not set"),
        ({"TEKANA_SMS_GATEWAY": "intouch", "TEKANA_SMS_URL": "sms"}, "TEKANA_SMS_URL must be"),
    ],
)
def test_what_the_worker_would_refuse_is_said_before_anything_starts(
    refusal, place, environment, said
):
    secrets = {"TEKANA_JWT_SECRET": "j" * 32, "TEKANA_OTP_SECRET": "o" * 32}
    assert refusal(**secrets, **environment).startswith(f"tekana: {said}")
    assert not (place / "postgres").exists()


def test_a_log_of_sms_that_cannot_be_written(refusal, place):
    (place / "sms.log").mkdir(parents=True)
    assert f"cannot write {place}/sms.log: Is a directory" in refusal()


@pytest.mark.parametrize("variable", ["TEKANA_API_DATABASE_URL", "TEKANA_WORKER_DATABASE_URL"])
def test_a_login_that_does_not_work(refusal, place, variable):
    sentence = refusal(**{variable: "postgresql://somebody:sesame@127.0.0.1:1/tekana"})
    assert f"{variable} cannot be used (" in sentence
    assert "sesame" not in sentence
    assert processes_of(place) == []


def test_a_disk_that_is_full_at_the_first_start(place, port, tmp_path):
    # No file may grow beyond 1 MB: PostgreSQL is told so as it is told of a full disk.
    limited = ["sh", "-c", 'ulimit -f 2000 && exec "$@"', "sh"]
    up = Up(place, port, tmp_path / "up.log", {}, limited)
    assert up.process.wait(60) == 1, up.output
    [sentence] = [line for line in up.output.splitlines() if line.startswith("tekana: ")]
    assert "initdb failed" in sentence
    assert "File too large" in sentence
    assert processes_of(place) == []


def test_a_small_file_that_was_not_written_to_its_end_is_no_obstacle(tmp_path):
    path = tmp_path / "processes.json"
    path.with_name("processes.json.new").write_text("[{}, {")
    write_private(path, "[]\n")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [(path.name, "[]\n")]


def test_a_small_file_that_the_disk_has_no_room_for_is_named(tmp_path):
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))
    try:
        with pytest.raises(
            Trouble, match=f"cannot write {tmp_path}/processes.json: File too large"
        ):
            write_private(tmp_path / "processes.json", "[]\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert list(tmp_path.iterdir()) == []
