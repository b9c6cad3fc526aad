"""A small sqitch project that tests write change by change."""

from dataclasses import dataclass, field
from pathlib import Path

from cli.migrations import KINDS

HEAD = "%syntax-version=1.0.0\n%project=library\n%uri=https://example.org/library/\n\n"


@dataclass
class Project:
    """A project in a directory of its own."""

    directory: Path
    plan: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind in KINDS:
            (self.directory / kind).mkdir(parents=True)
        conf = "[core]\n\tengine = pg\n[deploy]\n\tverify = true\n\tmode = change\n"
        (self.directory / "sqitch.conf").write_text(conf)
        self.write_plan()

    def add(
        self, name: str, deploy: str, revert: str, verify: str = "select 1;", rest: str = ""
    ) -> None:
        """Plan a change; scripts without a transaction of their own get one, unless `-- alone`."""
        self.plan.append(f"{name} {rest}".rstrip() if "Z " in rest else self.line(name, rest))
        for kind, text in zip(KINDS, (deploy, revert, verify), strict=True):
            self.write(kind, name, text)
        self.write_plan()

    def write(self, kind: str, name: str, text: str) -> None:
        if "-- alone" not in text:
            text = f"begin;\n{text}\n{'rollback' if kind == 'verify' else 'commit'};\n"
        (self.directory / kind / f"{name}.sql").write_text(text, encoding="utf-8")

    def tag(self, name: str) -> None:
        self.plan.append(self.line(f"@{name}", "", f" # Release {name}"))
        self.write_plan()

    def line(self, name: str, rest: str = "", note: str = "") -> str:
        second = len(self.plan)
        middle = f"{rest} " if rest else ""
        return f"{name} {middle}2026-01-02T03:04:{second:02d}Z Ann Uwase <ann@example.org>{note}"

    def write_plan(self) -> None:
        text = HEAD + "".join(f"{line}\n" for line in self.plan)
        (self.directory / "sqitch.plan").write_text(text, encoding="utf-8")


def library(directory: Path) -> Project:
    """Three changes, of which the last cannot be one transaction; a tag, notes, dependencies."""
    project = Project(directory)
    project.add(
        "shelves",
        "create schema library; create table library.shelves (shelf_id int primary key);",
        "drop schema library cascade;",
        "select 'library.shelves'::regclass;",
    )
    project.add(
        "books",
        "create table library.books (shelf_id int references library.shelves, title text);\n"
        "create function library.count_books() returns bigint language sql\n"
        "begin atomic; select count(*) from library.books; end;",
        "drop function library.count_books; drop table library.books;",
        "select title from library.books where false;",
        rest="[shelves] 2026-01-02T03:04:09Z Ann Uwase <ann@example.org>"
        r" # Livres,\nibitabo — 100 % \\ #1",
    )
    project.tag("v1.0")
    project.add(
        "books_by_title",
        "-- alone\ncreate index concurrently books_title_idx on library.books (title);",
        "-- alone\ndrop index concurrently library.books_title_idx;",
        "select 'library.books_title_idx'::regclass;",
        rest="[books shelves@v1.0 @v1.0]",
    )
    return project
