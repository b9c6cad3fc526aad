"""`python -m api.data`: the dialect by itself, over any PostgreSQL database."""

from pydantic_settings import CliApp

from api.data.standalone import Settings, create_app

if __name__ == "__main__":
    settings = CliApp.run(Settings)
    app = create_app(settings)
    app.run(settings.host, settings.port, single_process=True, motd=False, access_log=False)
