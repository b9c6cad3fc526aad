"""Which columns of views are said never to be null: those of which the definition proves it."""

import asyncio

import psycopg
import pytest
from psycopg import sql

from api.data.loading import load_catalogue

# Every table has the row 1 and another that the other tables do not match, so that each outer join
# makes nulls.
TABLES = """
create schema gaps;
create table gaps.a (id integer primary key, sure text not null, perhaps text);
create table gaps.b (id integer primary key, sure text not null, perhaps text);
insert into gaps.a values (1, 'x', null), (2, 'y', null);
insert into gaps.b values (1, 'x', null), (3, 'y', null);

create table gaps.parents (id integer primary key, sure text not null);
create table gaps.children () inherits (gaps.parents);
create table gaps.parts (id integer not null, sure text) partition by list (id);
create table gaps.part_1 partition of gaps.parts for values in (1);
insert into gaps.parts values (1, null);

create view gaps.plain as select * from gaps.a;
create view gaps.outer_joined as
select a.id, b.id as other, b.sure from gaps.a left join gaps.b on a.id = b.id;
create materialized view gaps.stored as select * from gaps.a;
create foreign data wrapper wrapper;
create server far foreign data wrapper wrapper;
create foreign table gaps.far (id integer not null) server far;
"""
# The view's definition, and the columns that are never null. What stands in `only_from_16` is seen
# where the server's rules mark what an outer join makes null, and not before PostgreSQL 16.
VIEWS = {
    "select * from gaps.a": "id,sure",
    "select id as sure, perhaps, 1 as one, sure || '' as text from gaps.a": "sure",
    "select a.*, b.id as other from gaps.a inner join gaps.b on a.id = b.id": "id,sure,other",
    "select id, a.sure, b.perhaps from gaps.a inner join gaps.b using (id)": "id,sure",
    "select a.*, b.id as other from gaps.a, gaps.b where a.perhaps is null": "id,sure,other",
    "select * from gaps.plain": "id,sure",
    "select p.sure as id from gaps.plain as p inner join gaps.b on p.id = b.id": "id",
    "select * from (select id, perhaps from gaps.a) as s": "id",
    "with c as (select id, perhaps from gaps.a) select * from c": "id",
    "select l.id, a.perhaps from gaps.a cross join lateral (select a.id) as l": "id",
    "select distinct on (sure) * from gaps.a order by sure, id limit 5": "id,sure",
    "select id, perhaps, count(*) as n from gaps.a group by id": "id",
    "select id, row_number() over () as n from gaps.a": "id",
    "select id, unnest(array[1, null]) as n from gaps.a": "id",
    # Unions: every side must be.
    "select id from gaps.a union all select id from gaps.b": "id",
    "select id, sure from gaps.a union select id, perhaps from gaps.b": "id",
    "select id, perhaps from gaps.a union all select id, sure from gaps.b": "id",
    "select id from gaps.a union all (select id from gaps.b except select 1)": "",
    "select id from gaps.a union all select other from gaps.outer_joined": "",
    "select id from gaps.a union all select null": "",
    "select s.* from (select id, sure from gaps.a union all select id, perhaps from gaps.b) as s":
        "id",
    "with c as (select id from gaps.a union all select id from gaps.b) select * from c": "",
    "with recursive c as (select id from gaps.a union all select nullif(id, 1) from c where id > 1)"
    " select * from c": "",
    "select s.x from (select nullif(u.id, 1) as x from (select id from gaps.a) as u) as s": "",
    "select s.x from (select nullif(u.id, 1) as x from"
    " (select id from gaps.a union all select id from gaps.b) as u) as s": "",
    "select s.x from (select nullif(id, 1) as x from gaps.a) as s,"
    " (select id from gaps.a union all select id from gaps.b) as u": "",
    "select s.x, t.y from (select id as x from gaps.a union select id from gaps.b) as s,"
    " (select perhaps as y from gaps.a union select perhaps from gaps.b) as t": "x",
    # Outer joins.
    "select b.id, b.sure, b.perhaps from gaps.a left join gaps.b on a.id = b.id": "",
    "select a.id from gaps.a right join gaps.b on a.id = b.id": "",
    "select a.id, b.id as other from gaps.a full join gaps.b on a.id = b.id": "",
    "select id, a.sure from gaps.a full join gaps.b using (id)": "",
    "select j.x from (gaps.a left join gaps.b on a.id = b.id) as j (x0, x1, x2, x)": "",
    "select c.id from gaps.a left join (gaps.b inner join gaps.b as c on b.id = c.id)"
    " on a.id = b.id": "",
    "select l.id from gaps.a left join lateral (select a.id where a.id = 1) as l on true": "",
    "select other from (select * from gaps.outer_joined) as s": "",
    "select s.id from (select b.id from gaps.a left join gaps.b on a.id = b.id) as s": "",
    "with c as (select b.id from gaps.a left join gaps.b on a.id = b.id) select * from c": "",
    "select s.id from (select b.id from gaps.a left join gaps.b on a.id = b.id"
    " union all select id from gaps.a) as s": "",
    "select b.id, count(*) as n from gaps.a left join gaps.b on a.id = b.id group by b.id": "",
    "select s.id from (select b.id from gaps.a left join gaps.b on a.id = b.id group by b.id)"
    " as s": "",
    "select a.id, l.id as other from (gaps.a left join gaps.b on a.id = b.id)"
    " cross join lateral (select b.id) as l": "",
    "with c as (select b.id from gaps.a left join gaps.b on a.id = b.id)"
    " select a.id, c.id as other from gaps.a left join c using (id)": "",
    "select s.x, a.id from gaps.a left join gaps.b on a.id = b.id"
    " cross join (select b.id as x from gaps.a right join gaps.b on a.id = b.id union"
    " select b.id from gaps.a left join gaps.b on a.id = b.id) as s": "",
    # Grouping sets make nulls of what they leave out.
    "select id, sure, count(*) as n from gaps.a group by rollup (id, sure)": "",
    "select id, sure, count(*) as n from gaps.a group by grouping sets ((id), (sure))": "",
    "select s.id from (select id, sure from gaps.a group by cube (id, sure)) as s": "",
    "with c as (select id from gaps.a group by rollup (id)) select id from c": "",
    # Values that no definition proves.
    "select max(id) as id from gaps.a where id > 5": "",
    "select (select id from gaps.a where id = 5) as id": "",
    "select v.id from (values (1), (null)) as v (id)": "",
    "select lag(id) over () as id from gaps.a": "",
    # Tables whose rows need not keep to it: those of children, and those that were stored before.
    "select * from gaps.parents": "",
    "select * from only gaps.parents": "",
    "select * from gaps.stored": "",
    "select * from gaps.far": "",
    "select * from gaps.parts": "id",
    # Names that look like what a rule says.
    'select id as ":resno 1 :resorigtbl", sure as "}", perhaps as "{QUERY" from gaps.a':
        ":resno 1 :resorigtbl,}",
}  # fmt: skip
ONLY_FROM_16 = {
    "select a.*, b.id as other from gaps.a left join gaps.b on a.id = b.id": "id,sure",
    "select b.*, a.id as other from gaps.a right join gaps.b on a.id = b.id": "id,sure",
    "select a.id, p.id as other from gaps.a left join gaps.plain as p on a.id = p.id": "id",
    "select id, a.sure, b.sure as other from gaps.a left join gaps.b using (id)": "id,sure",
    "select id, other from gaps.outer_joined": "id",
    # Beside subqueries that make no nulls themselves.
    "select a.*, s.id as other from gaps.a left join (select * from gaps.b) as s using (id)": (
        "id,sure"
    ),
    "select s.id, s.perhaps, b.id as other from (select * from gaps.a) as s"
    " left join gaps.b on s.id = b.id": "id",
    "with c as (select * from gaps.b) select a.id, c.sure from gaps.a left join c using (id)": "id",
    "select a.id, l.x, l.y from gaps.a left join gaps.b on a.id = b.id"
    " cross join lateral (select a.id as x, a.perhaps as y) as l": "id,x",
    "select a.id, s.id as other from gaps.a left join gaps.b on a.id = b.id"
    " inner join (select id from gaps.a union all select id from gaps.b) as s on true": "id,other",
    "select a.id, (select max(x.id) from gaps.a as x left join gaps.b as y using (id)) as other"
    " from gaps.a": "id",
}


def sure(relation):
    return [one.name for one in relation.columns.values() if not one.nullable]


def test_a_constraint_that_is_not_valid_proves_nothing(shop_url):
    async def ask():
        async with await psycopg.AsyncConnection.connect(shop_url) as connection:
            if connection.info.server_version < 180000:
                pytest.skip("a not-null constraint is always valid before PostgreSQL 18")
            await connection.execute(TABLES)
            await connection.execute(
                "alter table gaps.b add constraint b_perhaps not null perhaps not valid"
            )
            await connection.execute("create view gaps.view as select id, perhaps from gaps.b")
            relations = (await load_catalogue(connection, ["gaps"], [])).relations
            await connection.rollback()
            return sure(relations["gaps", "b"]), sure(relations["gaps", "view"])

    assert asyncio.run(ask()) == (["id", "sure"], ["id"])


def test_what_is_said_never_to_be_null_is_all_that_is_proven(shop_url):
    async def ask():
        async with await psycopg.AsyncConnection.connect(shop_url) as connection:
            marked = connection.info.server_version >= 160000
            views = dict(VIEWS) | (ONLY_FROM_16 if marked else dict.fromkeys(ONLY_FROM_16, ""))
            await connection.execute(TABLES)
            names = [f"view_{number}" for number in range(len(views))]
            for name, view in zip(names, views, strict=True):
                await connection.execute(f"create view gaps.{name} as {view}")
            relations = (await load_catalogue(connection, ["gaps"], [])).relations
            said = [sure(relations["gaps", name]) for name in names]
            for name, columns, view in zip(names, said, views, strict=True):
                for column in columns:
                    query = sql.SQL("select count(*) from gaps.{} where {} is null")
                    query = query.format(sql.Identifier(name), sql.Identifier(column))
                    found = await (await connection.execute(query)).fetchone()
                    assert found == (0,), (view, column)
            await connection.rollback()
            return dict(zip(views, map(",".join, said), strict=True)), views

    said, views = asyncio.run(ask())
    assert said == views
