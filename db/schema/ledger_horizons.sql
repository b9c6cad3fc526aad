create table tekana.ledger_horizons (
    is_the_only_one boolean not null default true,
    safe_place bigint not null,
    next_place bigint not null,
    awaited text[] not null,

    constraint ledger_horizons_pkey primary key (is_the_only_one),
    constraint ledger_horizons_has_one_row check (is_the_only_one),
    constraint ledger_horizons_go_forward check (next_place >= safe_place)
);

comment on table tekana.ledger_horizons is
'The horizon: a place in the ledger below which nothing new can appear. One row, written by '
'tekana.advance_horizon.';
comment on column tekana.ledger_horizons.is_the_only_one is 'Primary key of the only row: true.';
comment on column tekana.ledger_horizons.safe_place is
'The horizon: nothing more will be committed at this place in the ledger or before it.';
comment on column tekana.ledger_horizons.next_place is
'The next safe_place, valid once all database transactions in awaited have ended.';
comment on column tekana.ledger_horizons.awaited is
'Database transactions (virtualtransaction of pg_locks) that were writing to the ledger when '
'next_place was the last place drawn, and that had not ended when this was last checked.';
