"""The application: everything put together, once in each process."""

import logging
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import RequestCancelled

from api import metrics
from api.blueprints import creation, customers, docs, health
from api.data.blueprint import TolerantRequest, data_blueprint, refusal
from api.data.requests import Service
from api.errors import cause_of, not_signed_in, respond, translate
from api.execution import RequestTransactions
from api.origins import let_pages_call
from api.requests import access_log, begin_request, end_request
from api.services import Services
from api.tx import SOMEBODY
from config.environment import load_settings
from config.logs import logging_config
from config.settings import Settings

NAME = "tekana"
CLIENT_CLOSED_REQUEST = 499
LARGEST_BODY_BYTES = 4_000_000  # a group of ten thousand transactions is three
logger = logging.getLogger("tekana.api")


def create_app(settings: Settings | None = None) -> Sanic[Any, Any]:
    """The Sanic application.

    Args:
        settings: those of the environment unless given.

    Raises:
        SettingsError: something that it cannot do without is not set.
    """
    settings = settings or load_settings()
    app: Sanic[Any, Any] = Sanic(
        NAME,
        log_config=logging_config(settings.log_level, "api"),
        request_class=TolerantRequest,
    )
    _configure(app, settings)
    app.ctx.settings = settings
    app.ctx.is_stopping = False

    app.on_request(begin_request)
    app.on_response(end_request)  # type: ignore[no-untyped-call]
    app.error_handler.add(Exception, _answer_error)
    app.error_handler.add(RequestCancelled, _note_departure)
    app.before_server_start(_open_services)
    app.before_server_stop(_let_go_of_clients)
    app.after_server_stop(_close_services)

    for blueprint in (customers.blueprint, creation.blueprint, docs.blueprint, health.blueprint):
        app.blueprint(blueprint)
    app.blueprint(data_blueprint(_service, RequestTransactions(), url_prefix=creation.PREFIX))
    return app


def _configure(app: Sanic[Any, Any], settings: Settings) -> None:
    app.config.REQUEST_MAX_SIZE = LARGEST_BODY_BYTES
    app.config.REQUEST_MAX_HEADER_SIZE = 16_384  # the most that Sanic takes
    app.config.REQUEST_TIMEOUT = 30
    app.config.RESPONSE_TIMEOUT = 30
    app.config.KEEP_ALIVE_TIMEOUT = 75
    # Requests under way when the service is told to stop get this long to end: less than
    # 'tekana up' gives it.
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 3
    app.config.AUTO_EXTEND = False
    if settings.cors_origins:
        let_pages_call(app, settings.cors_origins)


async def _open_services(app: Sanic[Any, Any], *_: object) -> None:
    metrics.share()
    app.ctx.services = Services(app.ctx.settings)
    await app.ctx.services.open()


async def _let_go_of_clients(app: Sanic[Any, Any], *_: object) -> None:
    """Tell whoever asks from now on that the connection ends with this answer."""
    app.ctx.is_stopping = True


async def _close_services(app: Sanic[Any, Any], *_: object) -> None:
    await app.ctx.services.close()
    access_log.flush()


def _service(request: Request[Any, Any]) -> Service:
    services: Services = request.app.ctx.services
    return services.service


async def _note_departure(_request: Request[Any, Any], _error: BaseException) -> HTTPResponse:
    """For the log and the counters alone: who asked went away before the answer, no fault of ours.

    The number is nginx's: https://nginx.org/en/docs/dev/development_guide.html#http_return_codes
    """
    return HTTPResponse(b"", CLIENT_CLOSED_REQUEST)


async def _answer_error(request: Request[Any, Any], error: Exception) -> HTTPResponse:
    services: Services = request.app.ctx.services
    told = translate(await refusal(request, error), services.constraints)
    if told.code == "42501" and getattr(request.ctx, "actor", None) is SOMEBODY:
        told = not_signed_in()
    if told.status >= 500:
        # The traceback is for us; a client error is the client's.
        logger.error(
            "a request failed",
            exc_info=error if told.status == 500 else None,
            extra={
                "request_id": getattr(request.ctx, "request_id", None),
                "status": told.status,
                "problem": told.message,
                "cause": cause_of(error),
            },
        )
    return respond(request, told)
