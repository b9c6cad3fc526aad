"""`python -m api.data`: the dialect by itself, over any PostgreSQL database."""

from typing import Any

from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict

from api.data.standalone import Settings, create_app


class CommandLine(Settings, BaseSettings):
    """Relations and functions of any PostgreSQL database over HTTP, in PostgREST's dialect."""

    model_config = SettingsConfigDict(
        cli_prog_name="python -m api.data", cli_kebab_case=True, cli_implicit_flags=True
    )

    @classmethod
    def settings_customise_sources(cls, *_settings: Any, **sources: Any) -> tuple[Any, ...]:
        """Nothing but the command line: the environment has names like `port` for others."""
        return (sources["init_settings"],)


if __name__ == "__main__":
    settings = CliApp.run(CommandLine)
    app = create_app(settings)
    app.run(settings.host, settings.port, single_process=True, motd=False, access_log=False)
