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
comment on column tekana.ledger_proofs.proof_id is 'Primary key.';
comment on column tekana.ledger_proofs.started_at is 'When the check began.';
comment on column tekana.ledger_proofs.proven_at is
'When the check ended and the proof was recorded.';
comment on column tekana.ledger_proofs.since is
'The horizon of the earlier proof that this one builds on; 0 for a full check, from the beginning.';
comment on column tekana.ledger_proofs.horizon is
'Everything up to this place in the ledger is proved and will not change. tekana.proven_balances '
'has the balances at this place, and the next check starts from it.';
comment on column tekana.ledger_proofs.wallets is 'Number of wallets that were compared.';
comment on column tekana.ledger_proofs.transactions is
'Number of transactions recorded after since that were read.';

-- Without a foreign key: it would lock every wallet's row while money moves.
create table tekana.proven_balances (
    wallet_id bigint not null,
    balance numeric not null,
    customer_id bigint,
    currency_code text not null,

    constraint proven_balances_pkey primary key (wallet_id)
);

comment on table tekana.proven_balances is
'Balance of each wallet at the horizon of the last proof of the ledger. A wallet without a row had '
'0.';
comment on column tekana.proven_balances.wallet_id is 'The wallet.';
comment on column tekana.proven_balances.balance is
'Current balance after the last posting up to the horizon, in major units.';
comment on column tekana.proven_balances.customer_id is
'Owner of the wallet when it was first proved; null if it belonged to the operator.';
comment on column tekana.proven_balances.currency_code is
'Currency of the wallet when it was first proved.';

create type tekana.ledger_violation as (
    rule text,
    subject text,
    finding text
);
comment on type tekana.ledger_violation is
'A finding: something that is wrong with the ledger. rule: the broken rule (docs/ledger.md). '
'subject: what breaks it, such as "wallet 12". finding: what was expected and what was found.';
