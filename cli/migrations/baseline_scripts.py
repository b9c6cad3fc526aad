"""The text of the baseline's scripts: deploy is frozen copies, revert and verify follow from it."""

from cli.migrations.checks import SETTINGS, presence_checks
from cli.migrations.created import Created, created_by
from cli.migrations.frozen import block

MADE_BY = "Written from db/ by 'tekana migrate baseline': edit there."

REVERT_ROLES = """\
-- Roles belong to the whole cluster: when another database uses one of them, all of them stay.
do $$
declare
    v_role text;
    v_alteration text;
    v_roles constant text[] := array(
        select name
        from unnest(array[
{roles}
        ]) as name
        where to_regrole(name) is not null
    );
begin
    execute format('grant temporary on database %I to public', current_database());
    -- The registry of the migrations outlives them. In a restored database it is one of theirs.
    for v_alteration in
        select format('alter schema %I owner to current_user', n.nspname)
        from pg_namespace as n
        where n.nspname = 'sqitch' and n.nspowner = any (v_roles::regrole[])
        union all
        select format('alter table %I.%I owner to current_user', 'sqitch', c.relname)
        from pg_class as c
        where
            c.relnamespace = to_regnamespace('sqitch') and c.relkind = 'r'
            and c.relowner = any (v_roles::regrole[])
    loop
        execute v_alteration;
    end loop;
    foreach v_role in array v_roles
    loop
        execute format('revoke all on database %I from %I', current_database(), v_role);
        if to_regnamespace('sqitch') is not null then
            execute format('revoke all on all tables in schema sqitch from %I', v_role);
            execute format('revoke all on schema sqitch from %I', v_role);
        end if;
    end loop;
    for v_role in
        select defaclrole::regrole::text
        from pg_default_acl
        where defaclnamespace = 0 and defaclobjtype = 'f' and defaclrole = any (v_roles::regrole[])
    loop
        execute format(
            'alter default privileges for role %s grant execute on functions to public', v_role
        );
    end loop;
    begin
        foreach v_role in array v_roles
        loop
            execute format('drop role %I', v_role);
        end loop;
    exception
        when dependent_objects_still_exist or object_in_use or insufficient_privilege then
            raise notice 'the roles stay: %', sqlerrm;
    end;
end
$$;"""


KEEP_ROWS = """\
-- The rows stay: others may refer to them by now. They go with their tables, and deploying again
-- adds only what is missing."""


def deploy_script(name: str, settings: list[str], files: dict[str, str]) -> str:
    """The deploy script of a change made of whole files of db/ (path and text)."""
    copies = [block(path, text) for path, text in files.items()]
    return _script("Deploy", name, ["\n".join(settings)] * bool(settings) + copies, "commit")


def revert_script(name: str, settings: list[str], files: dict[str, str], roles: list[str]) -> str:
    """The revert script that goes with it; for the change that makes roles, their names."""
    if roles:
        quoted = ",\n".join(f"            '{role}'" for role in roles)
        return _script("Revert", name, [REVERT_ROLES.format(roles=quoted)], "commit")
    made = _all_created(files)
    if any(one.kind == "schema" for one in made):
        # Everything else that the change makes is in these.
        made = [one for one in made if one.kind == "schema"]
    drops = [one.drop for one in reversed(made) if one.drop]
    body = ["\n".join(settings), "\n".join(drops)] if drops else [KEEP_ROWS]
    return _script("Revert", name, body, "commit")


def verify_script(name: str, files: dict[str, str], roles: list[str]) -> str:
    """The verify script that goes with it: everything it makes is there."""
    made = [Created("role", role) for role in roles] + _all_created(files)
    return _script("Verify", name, presence_checks(made), "rollback")


def _all_created(files: dict[str, str]) -> list[Created]:
    found = [one for path, text in files.items() for one in created_by(text, path)]
    return list(dict.fromkeys(found))


def _script(action: str, name: str, body: list[str], end: str) -> str:
    head = f"-- {action} {name}. {MADE_BY}"
    return "\n\n".join([f"{head}\nbegin;\n{SETTINGS}", *body, f"{end};"]) + "\n"
