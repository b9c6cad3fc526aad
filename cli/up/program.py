"""One of our own programs, `python -m <package>`, as a child of `tekana up`."""

import http.client
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from cli.servers.child import Child, Sleep


class Program(Child):
    """A program whose output is a log file in the data directory."""

    def __init__(
        self, name: str, package: str, environment: Mapping[str, str], log_path: Path
    ) -> None:
        super().__init__(name, log_path)
        # -P: the package that is installed, not one that happens to be in the current directory.
        self._command = [sys.executable, "-P", "-m", package]
        self._environment = environment

    def start(self, timeout_seconds: float = 30, sleep: Sleep | None = None) -> None:  # noqa: ARG002 - it waits for nothing
        """Launch it; it says itself, in its log or at its health endpoint, how it is.

        Raises:
            ServerError: it cannot be run.
        """
        self._launch(self._command, self._environment)

    def answers(self) -> bool:
        """Whether it runs."""
        return self.running


class WebProgram(Program):
    """A program that tells at a URL whether it is ready."""

    def __init__(
        self,
        name: str,
        package: str,
        environment: Mapping[str, str],
        log_path: Path,
        ready_url: str,
    ) -> None:
        super().__init__(name, package, environment, log_path)
        self.ready_url = ready_url
        self.last_answer = "no answer"

    def answers(self) -> bool:
        """Whether it is ready; `last_answer` tells why not."""
        if not self.running:
            return False
        place = urlsplit(self.ready_url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=2)
        try:
            connection.request("GET", place.path)
            response = connection.getresponse()
            self.last_answer = f"{response.status} {response.read(500).decode(errors='replace')}"
        except (OSError, http.client.HTTPException) as error:
            self.last_answer = str(error)
            return False
        finally:
            connection.close()
        return response.status == http.client.OK
