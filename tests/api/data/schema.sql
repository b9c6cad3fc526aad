-- A small bookshop, nothing of wallets: what the tests of api/data read and call.
create role shop_guest;
create role shop_keeper;

create schema stock;
create schema shop;
grant usage on schema shop, stock to shop_guest, shop_keeper;

create domain stock.isbn as text check (value ~ '^[0-9]{10}$');

create table stock.authors (
    author_id bigint generated always as identity primary key,
    name text not null
);

create table stock.books (
    book_id bigint generated always as identity primary key,
    author_id bigint not null references stock.authors,
    title text not null,
    price numeric,
    pages integer,
    in_print boolean,
    isbn stock.isbn unique,
    tags text[] not null default '{}',
    extras jsonb,
    published_at timestamptz,
    "odd ""name"" 100%" text
);
comment on column stock.books.price is 'What a copy costs.';

create table stock.shelves (
    aisle integer,
    number integer,
    note text,
    primary key (aisle, number)
);

insert into stock.authors (name) values ('Ngugi'), ('Achebe'), ('Adichie'), ('Nobody');
insert into stock.books (author_id, title, price, pages, in_print, isbn, published_at, extras)
values
    (1, 'Petals of Blood', 12.50, 432, true, '0000000001', '1977-01-01', '{"n": 1.10}'),
    (2, 'Things Fall Apart', 9.90, 209, true, '0000000002', '1958-06-17', null),
    (3, 'Half of a Yellow Sun', 14.00, 448, null, '0000000003', '2006-08-11', null),
    (3, 'Americanah', 99999999999999999999.123456789, 477, false, '0000000004', null, null),
    (2, '100%, "quoted", (odd)', null, null, true, null, null, null);
insert into stock.shelves (aisle, number, note)
select
    a,
    n,
    'shelf'
from generate_series(1, 30) as a, generate_series(1, 50) as n
order by random();

create view shop.books as
select
    b.title,
    b.book_id as id,
    b.author_id,
    b.price,
    b.pages,
    b.in_print,
    b.isbn,
    b.tags,
    b.extras,
    b.published_at,
    b."odd ""name"" 100%"
from stock.books as b;
comment on view shop.books is 'Every book ever sold.';

-- No id here: the key must be found through the view's definition.
create view shop.shelf_places as
select
    s.note,
    s.number,
    s.aisle
from stock.shelves as s;

-- Two rows of one book each: neither side's key is a key of the whole.
create view shop.movements as
select b.book_id, 'in' as direction, b.extras
from stock.books as b
union all
select b.book_id, 'out' as direction, b.extras
from stock.books as b;

create view shop.money_box as select 1 as id, 'secret' as content;

grant select on shop.books, shop.shelf_places, shop.movements to shop_guest, shop_keeper;
grant select on stock.books, stock.shelves to shop_guest, shop_keeper;
grant select on shop.money_box to shop_keeper;

create function shop.add(a integer, b integer default 10) returns integer
language sql immutable set search_path = ''
as $$ select a + b $$;
comment on function shop.add is 'The sum of two numbers.';

create function shop.echo_all(
    t text default null, n numeric default null, f boolean default null, j jsonb default null,
    i bigint[] default null, ts text[] default null, at timestamptz default null
) returns jsonb
language sql stable set search_path = ''
as $$
    select jsonb_build_object('t', t, 'n', n, 'f', f, 'j', j, 'i', i, 'ts', ts, 'at', at)
$$;

create table stock.bells (rung_at timestamptz not null default clock_timestamp());
grant select, insert on stock.bells to shop_guest;

create function shop.ring(times integer default 1) returns setof stock.bells
language sql volatile set search_path = ''
as $$ insert into stock.bells select clock_timestamp() from generate_series(1, times) returning * $$;

create function shop.ring_quietly() returns void
language sql volatile set search_path = ''
as $$ insert into stock.bells default values $$;

create function shop.books_of(author text) returns setof shop.books
language sql stable set search_path = ''
as $$
    select v.*
    from shop.books as v
    where v.author_id = (select a.author_id from stock.authors as a where a.name = author)
$$;
grant select on stock.authors to shop_guest;

create function shop.dearest() returns shop.books
language sql stable set search_path = ''
as $$ select * from shop.books order by price desc nulls last limit 1 $$;

create function shop.divide(a numeric, b numeric, out quotient numeric, out remainder numeric)
language sql immutable set search_path = ''
as $$ select div(a, b), mod(a, b) $$;

create function shop.titles() returns setof text
language sql stable set search_path = ''
as $$ select title from shop.books order by id $$;

create function shop.locate(title text) returns text
language sql immutable set search_path = '' as $$ select 'by title' $$;
create function shop.locate(isbn text, aisle integer default 1) returns text
language sql immutable set search_path = '' as $$ select 'by isbn' $$;
