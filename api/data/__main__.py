"""`python -m api.data`: the dialect by itself, over any PostgreSQL database."""

import argparse
from dataclasses import fields

from api.data.limits import Limits
from api.data.standalone import Settings, create_app


def main() -> None:
    """Read the command line, and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m api.data", description=__doc__)
    add = parser.add_argument
    add("--database-url", required=True, help="of a role that may become the others")
    add("--schemas", required=True, type=_words, help="by commas; the first is the default")
    add("--anon-role", required=True, help="of requests without a token")
    add("--jwt-secret", help="HS256; without it no token is accepted")
    add("--extra-search-path", type=_words, default="public", help="schemas, by commas")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=3000)
    for limit in fields(Limits):
        name = limit.name.replace("_", "-")
        add(f"--{name}", type=int, default=limit.default, help=limit.metadata["help"])
    add("--statement-timeout-ms", type=int, default=30_000)
    add("--pool-size", type=int, default=10)
    add("--plan-enabled", action="store_true", help="let requests see query plans")
    told = vars(parser.parse_args())
    host, port = told.pop("host"), told.pop("port")
    told["limits"] = Limits(**{limit.name: told.pop(limit.name) for limit in fields(Limits)})
    app = create_app(Settings(**told))
    app.run(host, port, single_process=True, motd=False, access_log=False)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


if __name__ == "__main__":
    main()
