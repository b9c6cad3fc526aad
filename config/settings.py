"""Every `TEKANA_*` environment variable, its meaning and its default, in one place."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.lists import check_origins, split_names
from config.urls import check_database_url, check_redis_url

# What the hand-written routes call and read, whichever schemas are exposed besides.
OWN_SCHEMA = "api"
# The greatest of numbers that are bounded by nothing else: PostgreSQL and Valkey can count with it.
MOST = 1_000_000_000
PREFIX = "TEKANA_"
DatabaseUrl = Annotated[str, AfterValidator(check_database_url)]
RedisUrl = Annotated[str, AfterValidator(check_redis_url)]


def _check_schemas(names: str) -> str:
    if OWN_SCHEMA not in split_names(names):
        raise ValueError(f"must include {OWN_SCHEMA}, which the routes under /customers use")
    return names


class SettingsError(ValueError):
    """A ``TEKANA_*`` variable has a value that cannot be used; the message names it."""


class _Environment(PydanticBaseSettingsSource):
    """The variables by their very names: pydantic's own source takes `tekana_port` for one too."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - pydantic's form
        return os.environ.get(f"{PREFIX}{field_name.upper()}"), field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value}


class Settings(BaseSettings):
    """Every ``TEKANA_*`` variable. docs/settings.md is written from the descriptions below."""

    model_config = SettingsConfigDict(frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, then the environment."""
        return init_settings, _Environment(settings_cls)

    env: Literal["development", "production"] = Field(
        "development",
        description="`production` refuses what is only safe on a developer's machine: the "
        "`console` SMS gateway and generated secrets.",
    )
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="TCP port the API listens on.")
    workers: int = Field(
        2, ge=1, le=64, description="Number of API processes, which share the port."
    )
    data_dir: Path = Field(
        Path(".tekana"),
        description="Directory for the data of the embedded servers, and for Tekana's logs and "
        "secrets.",
    )
    database_url: DatabaseUrl | None = Field(
        None,
        description="URL of a PostgreSQL (15 to 18) to use instead of the embedded one. Its role "
        "must be able to create roles and own the database; it runs the migrations, and the next "
        "two URLs are derived from it.",
    )
    api_database_url: DatabaseUrl | None = Field(
        None,
        description="URL of `tekana_authenticator`, which the API connects as. "
        "`tekana up` derives it from `TEKANA_DATABASE_URL` ([how](database.md)).",
    )
    worker_database_url: DatabaseUrl | None = Field(
        None,
        description="URL of `tekana_worker`, which the worker connects as. "
        "`tekana up` derives it from `TEKANA_DATABASE_URL` ([how](database.md)).",
    )
    redis_url: RedisUrl | None = Field(
        None,
        description="URL of a Redis (7 or later) or Valkey (8 or later) to use instead of the "
        "embedded Valkey.",
    )
    database_pool_size: int = Field(
        8,
        ge=1,
        le=200,
        description="Maximum number of connections in each pool. Each API process has eight "
        "pools: for each of four database roles, one for reading and one for writing.",
    )
    statement_timeout_ms: int = Field(
        10_000,
        ge=100,
        le=MOST,
        description="Statement timeout of a request, in milliseconds. If PostgreSQL has not "
        "answered 2 seconds later, the request fails with 503.",
    )
    exposed_schemas: Annotated[str, AfterValidator(_check_schemas)] = Field(
        "api,analytics",
        description="Schemas served under /api/v1, separated by commas. They must include `api`. "
        "The first is the default. Requests select another with `Accept-Profile` or "
        "`Content-Profile`.",
    )
    page_rows: int = Field(
        20,
        ge=1,
        le=MOST,
        description="Default number of rows of a page. It does not apply to requests with a "
        "`limit`, nor to those that name all rows by their keys (`id=in.(1,2)`).",
    )
    page_rows_maximum: int = Field(
        1000,
        ge=1,
        le=MOST,
        description="Maximum number of rows of a page, also if a request asks for more. It does "
        "not apply to streams (`text/csv`, `application/x-ndjson`), which have as many rows as "
        "`limit` says, or all.",
    )
    query_bytes_maximum: int = Field(
        8192, ge=256, le=16_000, description="Maximum length of a query string, in bytes."
    )
    filters_maximum: int = Field(
        50, ge=1, le=MOST, description="Maximum number of conditions in one query."
    )
    list_values_maximum: int = Field(
        1000, ge=1, le=MOST, description="Maximum number of values in one `in.(…)`."
    )
    select_items_maximum: int = Field(
        500,
        ge=1,
        le=MOST,
        description="Maximum number of columns in one `select`, including those of embedded "
        "relations.",
    )
    embedding_depth_maximum: int = Field(
        10,
        ge=0,
        le=50,
        description="Maximum nesting depth of embedded relations and of conditions.",
    )
    streams_maximum: int = Field(
        4,
        ge=1,
        le=MOST,
        description="Maximum number of streams that each API process sends at once. Further "
        "requests for a stream get 503.",
    )
    stream_seconds_maximum: int = Field(
        600,
        ge=1,
        le=MOST,
        description="Maximum duration of a stream, in seconds. Then the connection is closed.",
    )
    plan_enabled: bool = Field(
        False, description="`true` lets staff see query plans (`application/vnd.pgrst.plan`)."
    )
    prepare_statements: bool = Field(
        True,
        description="`false` turns prepared statements off, for a pooler that does not support "
        "them (PgBouncer does). The pooler has to [pool "
        "sessions](database.md#a-pooler-in-between), never transactions.",
    )
    jwt_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Key that signs access tokens (HS256), at least 32 characters. `tekana up` "
        "generates one and keeps it in the data directory.",
    )
    otp_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Key for the HMAC of stored one-time passwords and for their encryption on "
        "the way to the SMS gateway, at least 32 characters. `tekana up` generates one and keeps "
        "it in the data directory.",
    )
    access_token_seconds: int = Field(
        900, ge=30, le=86_400, description="Lifetime of an access token, in seconds."
    )
    refresh_token_seconds: int = Field(
        2_592_000,
        ge=60,
        le=MOST,
        description="Lifetime of a session that is not refreshed, in seconds.",
    )
    keep_days: int = Field(
        90,
        ge=0,
        le=36_500,
        description="Number of days that the worker keeps expired sessions, and SMS messages that "
        "no longer wait to be sent ([what grows](database.md#what-grows)). 0 keeps them for ever.",
    )
    sign_in_window_seconds: int = Field(
        900,
        ge=1,
        le=MOST,
        description="Length of the window of the next three limits, in seconds. It starts with "
        "the first attempt that counts. Once a limit is reached, the answer is 429 until the "
        "window ends.",
    )
    otp_codes_maximum: int = Field(
        10,
        ge=1,
        le=MOST,
        description="Maximum number of one-time passwords sent to a phone number in a window.",
    )
    otp_failures_maximum: int = Field(
        15,
        ge=1,
        le=MOST,
        description="Maximum number of wrong one-time passwords for a phone number in a window, "
        "over all its codes (each allows five attempts). A correct one resets the count.",
    )
    password_failures_maximum: int = Field(
        100,
        ge=1,
        le=MOST,
        description="Maximum number of wrong passwords for an email address in a window, whether "
        "it is registered or not. A correct one resets the count.",
    )
    cors_origins: Annotated[str, AfterValidator(check_origins)] = Field(
        "",
        description="Origins whose pages may call the API from a browser, separated by commas, "
        "such as `https://front.example,http://localhost:5173`. `*` allows all; empty allows "
        "none.",
    )
    sms_gateway: str = Field(
        "console",
        description="SMS gateway: `console` (writes to the log and to `<data dir>/sms.log`) or "
        "`intouch`.",
    )
    sms_url: str | None = Field(None, description="URL of the SMS gateway.")
    sms_username: str | None = Field(None, description="User name for the SMS gateway.")
    sms_password: SecretStr | None = Field(None, description="Password for the SMS gateway.")
    sms_sender: str = Field("Tekana", description="Sender that customers see on their phones.")
    sms_timeout_seconds: float = Field(
        10,
        gt=0,
        le=60,
        description="Timeout of one attempt to hand an SMS to the gateway, in seconds.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Minimum level of log messages."
    )

    @property
    def schemas(self) -> tuple[str, ...]:
        """The exposed schemas, the default one first."""
        return split_names(self.exposed_schemas)

    def require(self, name: str) -> str:
        """The value of an optional setting which this process cannot do without.

        Args:
            name: field name, as `jwt_secret`.

        Raises:
            SettingsError: it is not set.
        """
        value = getattr(self, name)
        if value is None:
            raise SettingsError(f"TEKANA_{name.upper()} is not set: docs/settings.md explains it")
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
