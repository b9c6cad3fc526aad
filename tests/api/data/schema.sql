-- A small bookshop, nothing of wallets: what the tests of api/data read and call.
create role shop_guest;
create role shop_keeper;

create schema stock;
create schema shop;
create schema cellar;
create schema tools;
grant usage on schema shop, stock, cellar, tools to shop_guest, shop_keeper;

create domain stock.isbn as text check (value ~ '^[0-9]{10}$');
create type stock.binding as enum ('hard', 'soft');

create table stock.authors (
    author_id bigint generated always as identity primary key,
    name text not null,
    taught_by bigint references stock.authors
);

create table stock.books (
    book_id bigint generated always as identity primary key,
    author_id bigint not null,
    translator_id bigint,
    title text not null,
    price numeric,
    pages integer,
    in_print boolean,
    isbn stock.isbn unique,
    tags text[] not null default '{}',
    extras jsonb,
    published_at timestamptz,
    shelf_life int4range,
    binding stock.binding,
    "odd ""name"" 100%" text,
    constraint books_author foreign key (author_id) references stock.authors,
    constraint books_translator foreign key (translator_id) references stock.authors
);
comment on column stock.books.price is 'What a copy costs.';

create table stock.covers (
    book_id bigint primary key references stock.books,
    colour text not null check (colour in ('red', 'green', 'Thursday''s'))
);

create table stock.genres (
    genre_id bigint generated always as identity primary key,
    name text not null
);
create table stock.book_genres (
    book_id bigint references stock.books,
    genre_id bigint references stock.genres,
    primary key (book_id, genre_id)
);

create table stock.shelves (
    aisle integer,
    number integer,
    note text,
    primary key (aisle, number)
);
create table stock.places (
    place_id integer primary key,
    book_id bigint references stock.books,
    aisle integer,
    number integer,
    constraint places_shelf foreign key (aisle, number) references stock.shelves
);

insert into stock.authors (name, taught_by)
values ('Ngugi', null), ('Achebe', 1), ('Adichie', 2), ('Nobody', 2);
insert into stock.books (
    author_id, translator_id, title, price, pages, in_print, isbn, published_at, extras, tags,
    shelf_life, binding
)
values
(
    1, null, 'Petals of Blood', 12.50, 432, true, '0000000001', '1977-01-01',
    '{"n": 1.10, "deep": {"list": [1, {"two": 2}]}}', '{novel,kenya}', '[1,10)', 'hard'
),
(
    2, 1, 'Things Fall Apart', 9.90, 209, true, '0000000002', '1958-06-17', null, '{novel}',
    '[5,20)', 'soft'
),
(
    3, null, 'Half of a Yellow Sun', 14.00, 448, null, '0000000003', '2006-08-11', '{"n": 2}', '{}',
    '[20,30)', null
),
(
    3, 2, 'Americanah', 99999999999999999999.123456789, 477, false, '0000000004', null, '[7, 8]',
    '{}', null, null
),
(2, null, '100%, "quoted", (odd)', null, null, true, null, null, null, '{}', null, null);
insert into stock.covers values (1, 'red'), (2, 'green');
insert into stock.genres (name) values ('novel'), ('history'), ('empty');
insert into stock.book_genres values (1, 1), (2, 1), (2, 2), (3, 1);
insert into stock.shelves (aisle, number, note)
select
    a,
    n,
    'shelf'
from generate_series(1, 30) as a, generate_series(1, 50) as n
order by random();
insert into stock.places values (1, 1, 1, 1), (2, 2, 1, 1), (3, 3, 2, 5);

create view shop.authors as
select
    a.author_id as id,
    a.name,
    a.taught_by
from stock.authors as a;
create view shop.books as
select
    b.title,
    b.book_id as id,
    b.author_id,
    b.translator_id,
    b.price,
    b.pages,
    b.in_print,
    b.isbn,
    b.tags,
    b.extras,
    b.published_at,
    b.shelf_life,
    b.binding,
    b."odd ""name"" 100%"
from stock.books as b;
comment on view shop.books is 'Every book ever sold.';
create view shop.covers as select * from stock.covers;
create view shop.genres as select g.genre_id as id, g.name from stock.genres as g;
create view shop.book_genres as select * from stock.book_genres;
create view shop.places as select * from stock.places;
-- A view of a view, without the author's column.
create view shop.cheap_books as
select b.id, b.title, b.price from shop.books as b where b.price < 13;

-- No id here: the key must be found through the view's definition.
create view shop.shelf_places as
select
    s.note,
    s.number,
    s.aisle
from stock.shelves as s;

-- Two rows of one book each: neither side's key is a key of the whole.
create view shop.movements as
select c.book_id, 'in' as direction, point(1, 2) as place
from stock.covers as c
union all
select c.book_id, 'out' as direction, point(3, 4) as place
from stock.covers as c;

-- An id that is no key.
create table shop.lines (line_id integer primary key, id integer not null);
insert into shop.lines select n, n / 4 from generate_series(0, 9) as n;

-- In a view nobody knows whether an id is a key.
create view shop.repeated as select id, line_id from shop.lines order by line_id;

-- More rows than a page has.
create table shop.receipts (id integer primary key);
insert into shop.receipts select * from generate_series(1, 40);
grant select on shop.receipts to shop_guest, shop_keeper;

-- Names that the dialect and OpenAPI have other uses for.
create table shop."Odd; name/%" ("limit" integer primary key, "a.b" integer, "select" text);
insert into shop."Odd; name/%" select n, n, 'x' from generate_series(1, 9) as n;
grant select on shop."Odd; name/%" to shop_keeper;
create table shop."Error" (id integer primary key);
grant select on shop."Error" to shop_keeper;

create view shop.money_box as select 1 as id, 'secret' as content;

-- Two ways to itself: by one column each, and by two columns each.
create table shop.branches (
    id integer primary key,
    opened_by integer references shop.branches,
    closed_by integer references shop.branches
);
create table shop.rooms (
    floor integer,
    number integer,
    left_floor integer,
    left_number integer,
    right_floor integer,
    right_number integer,
    primary key (floor, number),
    foreign key (left_floor, left_number) references shop.rooms,
    foreign key (right_floor, right_number) references shop.rooms
);
-- One column of the key shown twice: the constraint alone does not say which.
create view shop.openings as
select b.id, b.opened_by, b.opened_by as founded_by from shop.branches as b;
grant select on shop.branches, shop.rooms, shop.openings to shop_guest;

-- What only its owner sees: the role's name is the owner's.
create table shop.diaries (
    id integer primary key,
    owner text not null,
    author_id bigint references stock.authors,
    entry text not null
);
insert into shop.diaries values
(1, 'shop_guest', 1, 'mine'), (2, 'shop_keeper', 1, 'secret of the keeper'),
(3, 'shop_guest', 3, 'mine too'), (4, 'shop_keeper', 3, 'another secret of the keeper');
alter table shop.diaries enable row level security;
create policy own on shop.diaries using (owner = current_user);
grant select on shop.diaries to shop_guest, shop_keeper;

grant select on
shop.lines, shop.repeated, shop.books, shop.shelf_places, shop.movements, shop.authors, shop.covers,
shop.genres, shop.book_genres, shop.places, shop.cheap_books to shop_guest, shop_keeper;
grant select on all tables in schema stock to shop_guest, shop_keeper;
grant select on shop.money_box to shop_keeper;
-- Who may call these need not be allowed to read what they give rows of.
create function shop.money_boxes() returns setof shop.money_box
language sql stable security definer set search_path = ''
as $$ select * from shop.money_box $$;

create table cellar.books (id integer primary key, vintage integer not null);
insert into cellar.books values (1, 1982), (2, 1990);
create function cellar.oldest() returns integer
language sql stable set search_path = '' as $$ select min(vintage) from cellar.books $$;
grant select on cellar.books to shop_keeper;
create function shop.oldest_bottle() returns setof cellar.books
language sql stable security definer set search_path = ''
as $$ select * from cellar.books order by vintage limit 1 $$;

-- Computed columns and relationships.
create function shop.shout(book shop.books) returns text
language sql stable set search_path = '' as $$ select upper(book.title) $$;
comment on function shop.shout(shop.books) is 'The title, louder.';
create function shop.shout(author shop.authors) returns text
language sql stable set search_path = '' as $$ select upper(author.name) $$;
create function tools.halved(book shop.books) returns numeric
language sql stable set search_path = '' as $$ select book.price / 2 $$;
create function shop.cheaper(book shop.books) returns setof shop.books
language sql stable set search_path = ''
as $$ select b.* from shop.books as b where b.price < book.price $$;
create function shop.written_by(book shop.books) returns setof shop.authors rows 1
language sql stable set search_path = ''
as $$ select a.* from shop.authors as a where a.id = book.author_id $$;

-- A domain that is written and read in its own way.
create domain stock.colour as integer;
create function stock.colour_json(stock.colour) returns json
language sql immutable set search_path = ''
as $$ select to_json('#' || lpad(upper(to_hex($1::integer)), 6, '0')) $$;
create function stock.colour_from(text) returns stock.colour
language sql immutable strict set search_path = ''
as $$ select ('x' || lpad($1, 8, '0'))::bit(32)::integer::stock.colour $$;
set client_min_messages = error;
create cast (stock.colour as json) with function stock.colour_json(stock.colour) as implicit;
create cast (text as stock.colour) with function stock.colour_from(text) as implicit;
reset client_min_messages;
create table shop.paints (id integer primary key, colour stock.colour);
insert into shop.paints values (1, x'ff0000'::int), (2, x'00ff00'::int), (3, null);
grant select on shop.paints to shop_guest;

-- A domain of texts that is read in its own way: without spaces, in capitals.
create domain stock.mark as text;
create function stock.mark_from(text) returns stock.mark
language sql immutable strict set search_path = ''
as $$ select upper(replace($1, ' ', ''))::stock.mark $$;
set client_min_messages = error;
create cast (text as stock.mark) with function stock.mark_from(text) as implicit;
reset client_min_messages;
create table shop.crates (id integer primary key, mark stock.mark);
insert into shop.crates values (1, 'AB1'), (2, 'AB2'), (3, 'a b');
grant select on shop.crates to shop_guest;

create table shop.reviews (
    id integer primary key, body text not null, found tsvector not null
);
insert into shop.reviews
select n, body, to_tsvector('english', body)
from (values
    (1, 'A great novel about fighting'), (2, 'The fights are boring'), (3, 'Nothing to see')
) as r (n, body);
grant select on shop.reviews to shop_guest;

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
as $$
insert into stock.bells select clock_timestamp() from generate_series(1, times) returning *
$$;

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

create function shop.dearest() returns shop.books
language sql stable set search_path = ''
as $$ select * from shop.books order by price desc nulls last limit 1 $$;

create function shop.book_called(title text) returns shop.books
language sql stable set search_path = ''
as $$ select b.* from shop.books as b where b.title = book_called.title $$;

create function shop.divide(a numeric, b numeric, out quotient numeric, out remainder numeric)
language sql immutable set search_path = ''
as $$ select div(a, b), mod(a, b) $$;

create function shop.pair(out integer, out word text, out text)
language sql immutable set search_path = '' as $$ select 1, 'two', 'three' $$;

-- PostgreSQL gives the columns of the one argument, and none that is called like it.
create type stock.size as (width integer, height integer);
create function shop.sizes() returns table (size stock.size)
language sql immutable set search_path = ''
as $$ values (row(20, 30)::stock.size), (row(12, 18)::stock.size) $$;

create function shop.titles() returns setof text
language sql stable set search_path = ''
as $$ select title from shop.books order by id $$;

create function shop.perhaps() returns setof integer
language sql immutable set search_path = '' as $$ values (1), (null), (3) $$;

create function shop.locate(title text) returns text
language sql immutable set search_path = '' as $$ select 'by title' $$;
create function shop.locate(isbn text, aisle integer default 1) returns text
language sql immutable set search_path = '' as $$ select 'by isbn' $$;

create function shop.clash(a integer) returns text
language sql immutable set search_path = '' as $$ select 'number' $$;
create function shop.clash(a text) returns text
language sql immutable set search_path = '' as $$ select 'text' $$;

create function shop.joined(variadic words text[]) returns text
language sql immutable set search_path = '' as $$ select array_to_string(words, '+') $$;
create function shop.whole_json(json) returns json
language sql immutable set search_path = '' as $$ select $1 $$;
create function shop.whole_text(text) returns text
language sql immutable set search_path = '' as $$ select 'text: ' || $1 $$;
create function shop.whole_bytes(bytea) returns integer
language sql immutable set search_path = '' as $$ select length($1) $$;
create function shop.in_order(id integer) returns setof shop.books
language sql stable set search_path = ''
as $$ select b.* from shop.books as b where b.id <= in_order.id $$;
create function shop.some_record() returns record
language sql stable set search_path = '' as $$ select 1 as one, 'x' as two $$;

create function shop.keep_still() returns void
language sql stable set search_path = '' as $$ select null::void $$;
create function shop.say(status text, header text) returns text
language plpgsql volatile set search_path = ''
as $$
begin
    perform set_config('response.status', status, true);
    perform set_config('response.headers', header, true);
    return 'said';
end
$$;
create function shop.ring_and_say(status text, header text) returns text
language sql volatile set search_path = ''
as $$ select shop.ring_quietly(); select shop.say(status, header) $$;
create function shop.refuse(code text, message text, detail text) returns text
language plpgsql stable set search_path = ''
as $$
begin
    raise exception '%', message using errcode = code, detail = detail, hint = 'a hint';
end
$$;
create function shop.who() returns json
language sql stable set search_path = ''
as $$
    select json_build_object(
        'role', current_user,
        'claims', nullif(current_setting('request.jwt.claims', true), '')::json,
        'method', current_setting('request.method', true),
        'path', current_setting('request.path', true),
        'header', current_setting('request.headers', true)::json ->> 'x-test',
        'cookies', current_setting('request.cookies', true)::json,
        'read_only', current_setting('transaction_read_only')
    )
$$;
create function shop.slow() returns integer
language sql stable set search_path = '' as $$ select 1 from pg_sleep(20) $$;
create function shop.many(rows integer) returns table (n integer, word text)
language sql stable set search_path = ''
as $$ select n, 'word ' || n from generate_series(1, rows) as n $$;

-- Media types of the database's own.
create domain shop."text/plain" as text;
create function shop.plain() returns shop."text/plain"
language sql stable set search_path = '' as $$ select 'just text'::shop."text/plain" $$;
create domain shop."application/vnd.titles" as text;
create function shop.add_title(shop."application/vnd.titles", shop.books)
returns shop."application/vnd.titles"
language sql immutable set search_path = ''
as $$ select (coalesce($1::text || ';', '') || $2.title)::shop."application/vnd.titles" $$;
create aggregate shop.all_titles(shop.books) (
    sfunc = shop.add_title, stype = shop."application/vnd.titles"
);
create view shop.breaking as select 1 / (3000 - n) as n from generate_series(1, 5000) as n;
grant select on shop.breaking to shop_guest;
