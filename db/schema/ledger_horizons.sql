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
'How far the ledger is settled, in its one row: see tekana.advance_horizon.';
comment on column tekana.ledger_horizons.is_the_only_one is 'Key of the one row: true.';
comment on column tekana.ledger_horizons.safe_place is
'Nothing more will be committed at this place of the ledger or before it.';
comment on column tekana.ledger_horizons.next_place is
'The next safe_place, valid once all transactions in awaited have ended.';
comment on column tekana.ledger_horizons.awaited is
'The database transactions (virtualtransaction of pg_locks) that were writing when next_place was '
'the last place that had been drawn, and have not ended yet.';
