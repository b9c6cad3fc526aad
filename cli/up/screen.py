"""What the person at the terminal sees of `tekana up`."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.markup import escape


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Nobody reads any more; rich would end the program.

        Elsewhere to write to, and not quiet: what is still in the buffer would fail at the end.
        """
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), self.file.fileno())


class Screen:
    """Steps with their times, then the URLs. A terminal that went away is no reason to fail."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _Console(highlight=False, soft_wrap=True)
        self._began = time.monotonic()
        # A terminal without UTF-8 cannot show the marks.
        self._marks = self.console.encoding.lower().startswith("utf")

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """Show a step while it runs, and how it ended.

        Yields:
            A list: words added to it are shown beside the title at the end.
        """
        began, words = time.monotonic(), list[str]()
        try:
            if self.console.is_terminal:
                with self.console.status(f"{escape(title)} …" if self._marks else escape(title)):
                    yield words
            else:
                yield words
        except BaseException:
            self.say(f"[red]{'✗' if self._marks else 'x'}[/] {escape(title)}")
            raise
        details = f" [dim]{escape(', '.join(words))}[/]" if words else ""
        seconds = f"[dim]{time.monotonic() - began:.1f} s[/]"
        self.say(f"[green]{'✓' if self._marks else '+'}[/] {escape(title)}{details} {seconds}")

    def ready(self, places: dict[str, str]) -> None:
        """Say that all is up, and where."""
        self.say(f"\n[bold green]Tekana is up[/] after {time.monotonic() - self._began:.1f} s.\n")
        width = max(len(name) for name in places)
        for name, place in places.items():
            self.say(f"  {escape(name.ljust(width))}  {escape(place)}")
        self.say("\n[dim]Ctrl-C stops everything; the data is kept.[/]")

    def warn(self, sentence: str) -> None:
        """Say that something went wrong that is being put right."""
        self.say(f"[yellow]![/] {escape(sentence)}")

    def say(self, markup: str) -> None:
        """Print a line."""
        with suppress(OSError):
            self.console.print(markup)
