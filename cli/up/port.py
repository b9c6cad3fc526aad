"""Whether the API will be able to listen, asked before anything heavy is started."""

import errno
import socket

from cli.trouble import Trouble


def check_free(host: str, port: int) -> None:
    """See that an address can be listened on.

    Raises:
        Trouble: it is in use, not ours to use, or no address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: connections that linger after an earlier run are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except (socket.gaierror, UnicodeError):  # the latter of what no name can be
        raise Trouble(f"TEKANA_HOST is not an address to listen on: {host}") from None
    except OSError as error:
        raise Trouble(_explain(host, port, error)) from None


def url_of(host: str, port: int) -> str:
    """Where a client on this machine finds a server that listens there."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - to be replaced
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _explain(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is in use: stop the program that listens there, "
            "or set TEKANA_PORT to another"
        )
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for root: set TEKANA_PORT to one above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"TEKANA_HOST is not an address of this machine: {host}"
    return f"cannot listen on port {port} of {host}: {error.strerror}"
