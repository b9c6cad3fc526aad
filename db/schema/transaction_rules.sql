create table tekana.transaction_rules (
    transaction_rule_id bigint generated always as identity,
    wallet_type_id bigint not null,
    transaction_type_id bigint not null,
    debit_allowed boolean not null default false,
    credit_allowed boolean not null default false,
    created_at timestamptz not null default now(),

    constraint transaction_rules_pkey primary key (transaction_rule_id),
    constraint transaction_rules_pair_key unique (wallet_type_id, transaction_type_id),
    constraint transaction_rules_have_a_wallet_type foreign key (wallet_type_id)
    references tekana.wallet_types (wallet_type_id),
    constraint transaction_rules_have_a_transaction_type foreign key (transaction_type_id)
    references tekana.transaction_types (transaction_type_id)
);
create index transaction_rules_transaction_type_id_idx
on tekana.transaction_rules (transaction_type_id);

comment on table tekana.transaction_rules is
'Rules: which wallet types may be debited or credited by which transaction types. A transaction '
'without a matching rule is declined (NRULE).';
comment on column tekana.transaction_rules.transaction_rule_id is 'Primary key.';
comment on column tekana.transaction_rules.wallet_type_id is 'The wallet type.';
comment on column tekana.transaction_rules.transaction_type_id is 'The transaction type.';
comment on column tekana.transaction_rules.debit_allowed is
'Whether transactions of this type may debit wallets of this type.';
comment on column tekana.transaction_rules.credit_allowed is
'Whether transactions of this type may credit wallets of this type.';
comment on column tekana.transaction_rules.created_at is 'When the rule was created.';
comment on constraint transaction_rules_pair_key on tekana.transaction_rules is
'transaction_type_id: already has a rule for this wallet_type_id';
comment on constraint transaction_rules_have_a_wallet_type on tekana.transaction_rules is
'wallet_type_id: does not exist';
comment on constraint transaction_rules_have_a_transaction_type on tekana.transaction_rules is
'transaction_type_id: does not exist';
