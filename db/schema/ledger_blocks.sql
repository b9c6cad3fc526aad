create table tekana.ledger_blocks (
    block_number bigint not null,
    last_place bigint not null,
    sealed_at timestamptz not null,
    record_count integer not null,
    transaction_ids int8multirange not null,
    ended_ids int8multirange not null,
    digests bytea not null,
    contents_hash bytea not null,
    previous_hash bytea not null,
    hash bytea not null,

    constraint ledger_blocks_pkey primary key (block_number),
    constraint ledger_blocks_are_numbered_from_one check (block_number >= 1),
    constraint ledger_blocks_are_not_empty check (record_count >= 1),
    constraint ledger_blocks_have_a_digest_for_each_record check (
        octet_length(digests) = 8::bigint * record_count
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
'Seals: the records of the ledger in blocks, which form a chain: the SHA-256 hash of each block '
'covers the hash of the block before. A transaction has a record at its own place in the ledger; a '
'hold has another one where it ended. tekana.seal_transactions writes blocks, '
'tekana.verify_ledger recomputes them; they never change.';
comment on column tekana.ledger_blocks.block_number is
'Primary key: 1, 2, 3 and so on, without gaps.';
comment on column tekana.ledger_blocks.last_place is
'Last place in the ledger that the block covers. The block contains the record of every place '
'after the last one of the block before, up to this one.';
comment on column tekana.ledger_blocks.sealed_at is 'When the block was sealed.';
comment on column tekana.ledger_blocks.record_count is 'Number of records in the block.';
comment on column tekana.ledger_blocks.transaction_ids is
'Keys of the transactions whose own place is in the block, as ranges (there are few gaps). They '
'tell which transaction is missing.';
comment on column tekana.ledger_blocks.ended_ids is
'Keys of the holds that ended at a place in the block, as ranges.';
comment on column tekana.ledger_blocks.digests is
'The first 8 bytes of the tekana.transaction_digest of each record: first the transactions, in '
'order of transaction_id, then the endings, likewise. They tell which one was changed; '
'contents_hash proves that none was.';
comment on column tekana.ledger_blocks.contents_hash is
'SHA-256 of the concatenated tekana.transaction_digest (all 32 bytes) of the records, in the same '
'order.';
comment on column tekana.ledger_blocks.previous_hash is
'Hash of the block before; 32 zero bytes in the first block.';
comment on column tekana.ledger_blocks.hash is
'Hash of the block: SHA-256 of all other columns (tekana.block_hash).';
