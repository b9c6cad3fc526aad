create table tekana.ledger_proofs (
    proof_id bigint generated always as identity,
    started_at timestamptz not null,
    proven_at timestamptz not null,
    since bigint not null,
    horizon bigint not null,
    wallets bigint not null,
    transactions bigint not null,

    constraint ledger_proofs_pkey primary key (proof_id),
    constraint ledger_proofs_go_forward check (since >= 0 and horizon >= since)
);

comment on table tekana.ledger_proofs is
'Each check of the ledger that found nothing wrong, and what it proved.';
comment on column tekana.ledger_proofs.proof_id is 'Key.';
comment on column tekana.ledger_proofs.started_at is 'When the check began.';
comment on column tekana.ledger_proofs.proven_at is 'When it had found the ledger to be right.';
comment on column tekana.ledger_proofs.since is
'The horizon of the proof that this one builds on; 0: everything was proved from nothing.';
comment on column tekana.ledger_proofs.horizon is
'Everything up to this place in the ledger is proved and will not change; tekana.proven_balances '
'are of there. The next check reads on from it.';
comment on column tekana.ledger_proofs.wallets is 'How many wallets were compared.';
comment on column tekana.ledger_proofs.transactions is
'How many transactions that were recorded after since were read.';

-- Without a foreign key: it would lock every wallet's row while money moves.
create table tekana.proven_balances (
    wallet_id bigint not null,
    balance numeric not null,
    customer_id bigint,
    currency_code text not null,

    constraint proven_balances_pkey primary key (wallet_id)
);

comment on table tekana.proven_balances is
'What each wallet had at the horizon of the last proof of the ledger; one that is not here: 0.';
comment on column tekana.proven_balances.wallet_id is 'The wallet.';
comment on column tekana.proven_balances.balance is
'Its current balance after the last posting up to the horizon, major units.';
comment on column tekana.proven_balances.customer_id is
'Whose wallet it was when it was proved first; null: the operator''s.';
comment on column tekana.proven_balances.currency_code is 'Its currency then.';

create type tekana.ledger_violation as (
    rule text,
    subject text,
    finding text
);
comment on type tekana.ledger_violation is
'Something that is wrong with the ledger. rule: which one is broken; subject: by what, as '
'"wallet 12"; finding: what was expected and what was found.';
