create table tekana.ledger_blocks (
    block_number bigint not null,
    last_place bigint not null,
    sealed_at timestamptz not null,
    transaction_count integer not null,
    transaction_ids int8multirange not null,
    digests bytea not null,
    contents_hash bytea not null,
    previous_hash bytea not null,
    hash bytea not null,

    constraint ledger_blocks_pkey primary key (block_number),
    constraint ledger_blocks_are_numbered_from_one check (block_number >= 1),
    constraint ledger_blocks_are_not_empty check (transaction_count >= 1),
    constraint ledger_blocks_have_a_digest_for_each_transaction check (
        octet_length(digests) = 8::bigint * transaction_count
    ),
    constraint ledger_blocks_hashes_are_of_sha256 check (
        octet_length(contents_hash) = 32
        and octet_length(previous_hash) = 32
        and octet_length(hash) = 32
    )
);
-- Hashes cannot be compressed, so nobody should try.
alter table tekana.ledger_blocks alter column digests set storage external;

comment on table tekana.ledger_blocks is
'Seals: the outcomes of the ledger, block by block, each hashed with SHA-256 together with the '
'hash of the block before. Written by tekana.seal_transactions, recomputed by '
'tekana.verify_ledger, never changed.';
comment on column tekana.ledger_blocks.block_number is 'Key; 1, 2, 3 and so on without a gap.';
comment on column tekana.ledger_blocks.last_place is
'The block holds every outcome whose place in the ledger, coalesce(ending_id, transaction_id), is '
'not beyond this one and not in an earlier block.';
comment on column tekana.ledger_blocks.sealed_at is 'When the block was sealed.';
comment on column tekana.ledger_blocks.transaction_count is 'How many transactions it holds.';
comment on column tekana.ledger_blocks.transaction_ids is
'Keys of its transactions, as ranges (there are few gaps). They identify a missing transaction.';
comment on column tekana.ledger_blocks.digests is
'The first 8 bytes of tekana.transaction_digest for each of them, in order of transaction_id. They '
'only say which one was changed; that none was is what contents_hash proves.';
comment on column tekana.ledger_blocks.contents_hash is
'SHA-256 of tekana.transaction_digest (all 32 bytes) of each of them, in order of transaction_id.';
comment on column tekana.ledger_blocks.previous_hash is
'Hash of the block before; 32 zero bytes in the first.';
comment on column tekana.ledger_blocks.hash is
'tekana.block_hash: SHA-256 of all the other columns.';
