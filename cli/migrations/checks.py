"""What can be checked of a script's work, found in its text.

Names, flags and bodies, which are the same on every release of PostgreSQL; not expressions, which
each release prints in its own way.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from cli.migrations.created import Created

# Whatever the database's or role's defaults are, names mean the same and are printed the same.
SETTINGS = """\
set local search_path = '';
set local quote_all_identifiers = off;"""

# What may be wrong, and how to see it; `wanted` is a name, with its table where it has one.
PROBLEMS = {
    "missing role": "to_regrole(wanted) is null",
    "missing membership": """not exists (
        select from pg_auth_members where roleid::regrole || ' ' || member::regrole = wanted
    )""",
    "by default everybody may call new functions of": """not exists (
        select from pg_default_acl
        where
            defaclrole = to_regrole(wanted) and defaclnamespace = 0 and defaclobjtype = 'f'
            and not exists (select from aclexplode(defaclacl) where grantee = 0)
    )""",
    "missing schema": "to_regnamespace(wanted) is null",
    "missing type": "to_regtype(wanted) is null",
    "missing relation": "to_regclass(wanted) is null",
    "missing or not validated constraint": """not exists (
        select from pg_constraint
        where conrelid::regclass || ' ' || conname = wanted and convalidated
    )""",
    "missing or invalid index": """not exists (
        select from pg_index where indexrelid = to_regclass(wanted) and indisvalid
    )""",
    "without security_invoker": """not exists (
        select from pg_class
        where oid = to_regclass(wanted) and reloptions @> array['security_invoker=true']
    )""",
    "missing function": """not exists (
        select from pg_proc where pronamespace::regnamespace || '.' || proname = wanted
    )""",
    "everybody may call": """exists (
        select from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
        where pronamespace::regnamespace || '.' || proname = wanted and grantee = 0
    )""",
    "missing or disabled trigger": """not exists (
        select from pg_trigger
        where tgrelid::regclass || ' ' || tgname = wanted and tgenabled in ('O', 'A')
    )""",
    "without row level security": """not exists (
        select from pg_class where oid = to_regclass(wanted) and relrowsecurity
    )""",
    "missing policy": """not exists (
        select from pg_policy where polrelid::regclass || ' ' || polname = wanted
    )""",
    # With what a later change may define anew.
    "changed function": """not exists (
        select from pg_proc
        where
            concat_ws(
                ' ', pronamespace::regnamespace || '.' || proname,
                case when prosecdef then 'definer' end,
                case when proconfig @> array['search_path=""'] then 'pinned' end,
                case when prosqlbody is null then md5(convert_to(prosrc, 'UTF8')) end
            ) = wanted
    )""",
    "changed policy": """not exists (
        select from pg_policies
        where
            concat_ws(
                ' ', schemaname || '.' || tablename, policyname, lower(cmd),
                array_to_string(roles, ',')
            ) = wanted
    )""",
}
PRESENCE = {
    "role": ["missing role"],
    "membership": ["missing membership"],
    "default privileges": ["by default everybody may call new functions of"],
    "schema": ["missing schema"],
    "type": ["missing type"],
    "domain": ["missing type"],
    "sequence": ["missing relation"],
    "table": ["missing relation"],
    "index": ["missing or invalid index"],
    "view": ["missing relation"],
    "function": ["missing function", "everybody may call"],
    "procedure": ["missing function", "everybody may call"],
    "trigger": ["missing or disabled trigger"],
    "row security": ["without row level security"],
    "policy": ["missing policy"],
}

CHECK = """\
do $$
declare
    v_wanted constant text[] := array[
{wanted}
    ];
    v_wrong text;
begin
{findings}
end
$$;"""

FINDING = """\
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where {condition};
    if v_wrong is not null then
        raise exception '{problem}: %', v_wrong;
    end if;"""

CHECK_ROWS = """\
do $$
begin
    if not exists (select from {table}) then
        raise exception 'no rows in {table}';
    end if;
end
$$;"""

CONSTRAINT = re.compile(r"^\s+constraint (\w+)", re.MULTILINE)
BODY = re.compile(r"^as (?P<quote>\$\w*\$)(?P<text>.*)(?P=quote)", re.MULTILINE | re.DOTALL)
END_OF_HEADER = re.compile(r"^(?:as \$|return\b|begin atomic\b)", re.MULTILINE)
COMMAND = re.compile(r"\bfor (\w+)")
ROLES = re.compile(r"\bto ([\w,\s]+?)\s+(?:using|with)\b")


def presence_checks(made: Iterable[Created]) -> list[str]:
    """The statements that fail unless all of this is there, and switched on."""
    wanted: dict[str, list[str]] = {problem: [] for problem in PROBLEMS}
    rows = []
    for one in made:
        for problem in PRESENCE.get(one.kind, []):
            wanted[problem].append(_place(one))
        if one.kind == "rows":
            rows.append(CHECK_ROWS.format(table=one.name))
        elif one.kind == "table":
            names = CONSTRAINT.findall(one.statement)
            wanted["missing or not validated constraint"] += [f"{one.name} {it}" for it in names]
        elif one.kind == "view" and "with (security_invoker = true)" in one.statement:
            wanted["without security_invoker"].append(one.name)
    return _checks(wanted) + rows


def definition_checks(made: Iterable[Created]) -> list[str]:
    """The statements that fail unless functions and policies are as this defines them."""
    wanted: dict[str, list[str]] = {"changed function": [], "changed policy": []}
    for one in made:
        if one.kind in ("function", "procedure") and END_OF_HEADER.search(one.statement):
            wanted["changed function"].append(" ".join([_place(one), *_function(one.statement)]))
        elif one.kind == "policy":
            wanted["changed policy"].append(" ".join([_place(one), *_policy(one.statement)]))
    return _checks(wanted)


def _checks(wanted: dict[str, list[str]]) -> list[str]:
    # What may be wrong with the same things is looked for in one list of them.
    together: dict[tuple[str, ...], list[str]] = {}
    for problem, texts in wanted.items():
        if texts:
            together.setdefault(tuple(texts), []).append(problem)
    return [
        CHECK.format(
            wanted=",\n".join(f"        '{it}'" for it in texts),
            findings="\n".join(
                FINDING.format(problem=problem, condition=PROBLEMS[problem]) for problem in problems
            ),
        )
        for texts, problems in together.items()
    ]


def _place(one: Created) -> str:
    return f"{one.of} {one.name}".strip()


def _function(statement: str) -> Iterator[str]:
    header = END_OF_HEADER.split(statement, maxsplit=1)[0]
    if "security definer" in header:
        yield "definer"
    if "set search_path = ''" in header:
        yield "pinned"
    if body := BODY.search(statement):
        yield hashlib.md5(body["text"].encode(), usedforsecurity=False).hexdigest()


def _policy(statement: str) -> Iterator[str]:
    command, roles = COMMAND.search(statement), ROLES.search(statement)
    yield command[1] if command else "all"
    yield ",".join(sorted(re.findall(r"\w+", roles[1] if roles else "public")))
