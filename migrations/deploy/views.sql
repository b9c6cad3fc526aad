-- Deploy views. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

-- frozen: db/views/currencies.sql
create or replace view api.currencies with (security_invoker = true) as
select currency_code, name, minor_units, status
from tekana.currencies;

comment on view api.currencies is
'The currencies of ISO 4217. Wallets can be opened in those with status ACTIVE.';
comment on column api.currencies.currency_code is 'Alphabetic code of ISO 4217, such as RWF.';
comment on column api.currencies.name is 'Name in English.';
comment on column api.currencies.minor_units is 'Number of decimals of an amount.';
comment on column api.currencies.status is 'ACTIVE, or INACTIVE: no wallet can be opened in it.';
grant select on api.currencies to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/views/customers.sql
create or replace view api.customers with (security_invoker = true) as
select
    c.customer_id as id,
    c.first_name,
    c.last_name,
    u.email,
    u.phone_number,
    c.id_type,
    c.id_number,
    c.gender,
    u.status,
    u.created_at
from tekana.customers as c
inner join tekana.users as u on c.customer_id = u.user_id;

comment on view api.customers is
'Customers. A customer sees only their own row; staff see all rows.';
comment on column api.customers.id is 'Primary key.';
comment on column api.customers.first_name is 'Given name or names.';
comment on column api.customers.last_name is 'Family name.';
comment on column api.customers.email is 'Email address in lower case, used to sign in.';
comment on column api.customers.phone_number is
'Phone number in E.164 format with its +; receives the one-time passwords.';
comment on column api.customers.id_type is 'Kind of identity document: NID or PASSPORT.';
comment on column api.customers.id_number is 'Number on the identity document.';
comment on column api.customers.gender is 'FEMALE or MALE, as on the identity document.';
comment on column api.customers.status is
'ACTIVE or INACTIVE. An INACTIVE customer cannot sign in.';
comment on column api.customers.created_at is 'When the customer registered.';
grant select on api.customers to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/views/wallet_types.sql
create or replace view api.wallet_types with (security_invoker = true) as
select
    wallet_type_id as id,
    code,
    name,
    description,
    is_operator,
    minimum_transaction_amount,
    maximum_transaction_amount,
    minimum_balance,
    maximum_balance,
    can_be_forced_under,
    created_at
from tekana.wallet_types;

comment on view api.wallet_types is 'Wallet types and their limits.';
comment on column api.wallet_types.id is 'Primary key.';
comment on column api.wallet_types.code is
'Short name in capitals, unique. Account numbers begin with it.';
comment on column api.wallet_types.name is 'Name to show to people.';
comment on column api.wallet_types.description is 'What the type is for; null if not described.';
comment on column api.wallet_types.is_operator is
'Whether wallets of this type belong to the operator.';
comment on column api.wallet_types.minimum_transaction_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column api.wallet_types.maximum_transaction_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column api.wallet_types.minimum_balance is
'Minimum available balance in major units, for wallets opened from now on: 0, or negative to allow '
'a debt. Null for no minimum.';
comment on column api.wallet_types.maximum_balance is
'Maximum balance in major units; null for no limit.';
comment on column api.wallet_types.can_be_forced_under is
'Whether a forced reversal may take wallets of this type below their minimum balance.';
comment on column api.wallet_types.created_at is 'When the type was created.';
grant select on api.wallet_types to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/views/wallets.sql
create or replace view api.wallets with (security_invoker = true) as
select
    w.wallet_id as id,
    w.customer_id,
    w.wallet_type_id,
    w.is_operator,
    w.account_number,
    w.currency_code,
    w.minor_units,
    w.current_balance,
    -- What has expired is available at once, whether or not it was swept up already.
    w.current_balance - w.held_amount
    + case
        when w.held_amount = 0 then 0
        else coalesce((
                select sum(t.amount)
                from tekana.transactions as t
                where
                    t.debited_wallet_id = w.wallet_id and t.status = 'PENDING'
                    and t.expires_at <= now()
            ), 0)
    end as available_balance,
    w.status,
    w.created_at
from tekana.wallets as w;

comment on view api.wallets is
'Wallets. A customer sees only their own wallets; staff see all wallets, including those of the '
'operator.';
comment on column api.wallets.id is 'Primary key.';
comment on column api.wallets.customer_id is 'Owner; null if the wallet belongs to the operator.';
comment on column api.wallets.wallet_type_id is 'Type of the wallet.';
comment on column api.wallets.is_operator is 'Whether the wallet belongs to the operator.';
comment on column api.wallets.account_number is
'Account number: the code of the wallet type, a hyphen and 8 digits. Senders can use it to name '
'the wallet to credit.';
comment on column api.wallets.currency_code is 'Currency of the wallet.';
comment on column api.wallets.minor_units is 'Number of decimals of the currency.';
comment on column api.wallets.current_balance is
'Current balance in major units, including held money.';
comment on column api.wallets.available_balance is
'Available balance in major units: current_balance minus held money.';
comment on column api.wallets.status is
'ACTIVE, INACTIVE or DORMANT. Only reversals debit or credit a wallet that is not ACTIVE.';
comment on column api.wallets.created_at is 'When the wallet was opened.';
grant select on api.wallets to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/views/transaction_types.sql
create or replace view api.transaction_types with (security_invoker = true) as
select
    transaction_type_id as id,
    code,
    name,
    description,
    minimum_amount,
    maximum_amount,
    status,
    hold_duration,
    has_unique_references,
    created_at
from tekana.transaction_types;

comment on view api.transaction_types is 'Transaction types and their limits.';
comment on column api.transaction_types.id is 'Primary key.';
comment on column api.transaction_types.code is 'Short name in capitals, such as TRANSFER; unique.';
comment on column api.transaction_types.name is 'Name to show to people.';
comment on column api.transaction_types.description is
'What the type is for; null if not described.';
comment on column api.transaction_types.minimum_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column api.transaction_types.maximum_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column api.transaction_types.status is
'ACTIVE or INACTIVE. Transactions of an INACTIVE type are declined (INACT).';
comment on column api.transaction_types.hold_duration is
'How long a hold lasts if the request has no expires_at.';
comment on column api.transaction_types.has_unique_references is
'Whether transactions of this type must have different values of external_reference_number. FAILED '
'and CANCELLED transactions do not count.';
comment on column api.transaction_types.created_at is 'When the type was created.';
grant select on api.transaction_types to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/views/transaction_rules.sql
create or replace view api.transaction_rules with (security_invoker = true) as
select
    transaction_rule_id as id,
    wallet_type_id,
    transaction_type_id,
    debit_allowed,
    credit_allowed,
    created_at
from tekana.transaction_rules;

comment on view api.transaction_rules is
'Rules: which wallet types may be debited or credited by which transaction types. A transaction '
'without a matching rule is declined (NRULE).';
comment on column api.transaction_rules.id is 'Primary key.';
comment on column api.transaction_rules.wallet_type_id is 'The wallet type.';
comment on column api.transaction_rules.transaction_type_id is 'The transaction type.';
comment on column api.transaction_rules.debit_allowed is
'Whether transactions of this type may debit wallets of this type.';
comment on column api.transaction_rules.credit_allowed is
'Whether transactions of this type may credit wallets of this type.';
comment on column api.transaction_rules.created_at is 'When the rule was created.';
grant select on api.transaction_rules to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/views/transactions.sql
-- Three ways to a transaction: as everybody's (for who is not a customer), by the side that pays
-- and by the side that is paid. The condition on `party` picks the ways that apply and reaches the
-- indexes; each is one scan in order of the key, and the scans are merged: a page costs the same at
-- any length of history. (A condition inside a branch would keep PostgreSQL from merging them.)
create or replace view api.transactions with (security_invoker = true) as
select
    s.transaction_id as id,
    tekana.reference_number(s.transaction_id) as reference_number,
    s.external_reference_number,
    s.transaction_type_id,
    s.channel_type,
    s.debited_wallet_id,
    s.credited_wallet_id,
    s.amount,
    s.currency_code,
    case when s.side <> 'CREDITED' then s.debited_balance_after end as debited_balance_after,
    case
        when s.side <> 'DEBITED' or s.credited_customer_id = s.party then s.credited_balance_after
    end as credited_balance_after,
    -- As it is stored, so that of a hold that expired it is PENDING until it is swept up: for an
    -- expression there would be no statistics and no index, and each page would be planned anew.
    s.status,
    s.status_message,
    s.decline_code,
    s.reverses_transaction_id,
    s.held_amount,
    s.expires_at,
    s.ended_at,
    s.created_at
from (
    select 'BOTH' as side, 0::bigint as party, t.*
    from tekana.transactions as t
    union all
    select 'DEBITED' as side, t.debited_customer_id as party, t.*
    from tekana.transactions as t
    union all
    select 'CREDITED' as side, t.credited_customer_id as party, t.*
    from tekana.transactions as t
) as s
where s.party = (select coalesce(tekana.current_customer_id(), 0))
    -- Between two wallets of one customer: once, by the side that pays.
    and (s.side <> 'CREDITED' or s.debited_customer_id is distinct from s.party);

comment on view api.transactions is
'Transactions, whatever their outcome. A customer sees only those that debit or credit their own '
'wallets; staff see all transactions.';
comment on column api.transactions.id is 'Primary key.';
comment on column api.transactions.reference_number is 'Reference number for people, unique.';
comment on column api.transactions.external_reference_number is
'Reference that the sender of the request gave; null if none was given.';
comment on column api.transactions.transaction_type_id is 'Type of the transaction.';
comment on column api.transactions.channel_type is
'Channel of the request: WEB, APP, KIOSK or USSD.';
comment on column api.transactions.debited_wallet_id is 'The wallet that the money leaves.';
comment on column api.transactions.credited_wallet_id is 'The wallet that the money enters.';
comment on column api.transactions.amount is
'Amount in major units, always positive. If a hold was completed in part, the part that moved.';
comment on column api.transactions.currency_code is
'Currency of the amount and of both wallets. If the wallets have different currencies (declined: '
'CURNC), that of the debited wallet.';
comment on column api.transactions.debited_balance_after is
'Balance of the debited wallet after the transaction, in major units. Null if no money moved, or '
'if a customer reads it who does not own the wallet.';
comment on column api.transactions.credited_balance_after is
'Balance of the credited wallet after the transaction, in major units. Null if no money moved, or '
'if a customer reads it who does not own the wallet.';
comment on column api.transactions.status is
'PENDING (held), COMPLETED (posted), FAILED (declined), REVERSED (posted, then reversed '
'completely) or CANCELLED (the hold was cancelled or expired).';
comment on column api.transactions.status_message is
'Explanation of the status, for people; null if there is none.';
comment on column api.transactions.decline_code is
'Why the transaction was declined: an error code of docs/errors.md. Null unless status is FAILED.';
comment on column api.transactions.reverses_transaction_id is
'The transaction that this one reverses, wholly or in part; null if it is not a reversal.';
comment on column api.transactions.held_amount is
'Amount that was held at first, in major units; null if the transaction was never a hold.';
comment on column api.transactions.expires_at is
'When the hold expires; null if the transaction was never a hold.';
comment on column api.transactions.ended_at is
'When the hold was completed, was cancelled or expired. Null if the hold has not ended, or if the '
'transaction was never a hold.';
comment on column api.transactions.created_at is 'When the transaction was requested.';
grant select on api.transactions to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/views/statement_lines.sql
-- A statement is the two sides of the transactions, each one's line on its own wallet, in the order
-- in which they were posted: at once, or when a hold was completed. Each of the four branches is
-- one index scan in that order, and they are merged: the conditions stand outside (see
-- api.transactions).
create or replace view api.statement_lines with (security_invoker = true) as
select
    s.posting_id,
    s.transaction_id,
    s.wallet_id,
    s.direction,
    case when s.direction = 'DEBIT' then -s.amount else s.amount end as amount,
    case
        when s.direction = 'DEBIT' then s.debited_balance_after else s.credited_balance_after
    end as balance_after,
    s.currency_code,
    tekana.reference_number(s.transaction_id) as reference_number,
    s.external_reference_number,
    s.transaction_type_id,
    case
        when s.direction = 'DEBIT' then s.credited_wallet_id else s.debited_wallet_id
    end as other_wallet_id,
    s.status_message,
    s.posted_at,
    s.created_at
from (
    select
        'DEBIT' as direction,
        false as was_held,
        t.debited_wallet_id as wallet_id,
        t.debited_customer_id as owner_id,
        t.transaction_id as posting_id,
        t.created_at as posted_at,
        t.*
    from tekana.transactions as t
    union all
    select
        'CREDIT' as direction,
        false as was_held,
        t.credited_wallet_id as wallet_id,
        t.credited_customer_id as owner_id,
        t.transaction_id as posting_id,
        t.created_at as posted_at,
        t.*
    from tekana.transactions as t
    union all
    select
        'DEBIT' as direction,
        true as was_held,
        t.debited_wallet_id as wallet_id,
        t.debited_customer_id as owner_id,
        t.ending_id as posting_id,
        t.ended_at as posted_at,
        t.*
    from tekana.transactions as t
    union all
    select
        'CREDIT' as direction,
        true as was_held,
        t.credited_wallet_id as wallet_id,
        t.credited_customer_id as owner_id,
        t.ending_id as posting_id,
        t.ended_at as posted_at,
        t.*
    from tekana.transactions as t
) as s
where s.status in ('COMPLETED', 'REVERSED')
    and s.was_held = (s.ending_id is not null)
    -- To a customer, only the lines on own wallets; to others, all that they may see. A `case`, so
    -- that the planner does not take it for a condition that few rows meet, and keeps to the order
    -- of the index.
    and case
        when (select tekana.current_customer_id()) is null then true
        else s.owner_id = (select tekana.current_customer_id())
    end;

comment on view api.statement_lines is
'Statements: for each posted transaction, one line for each of its wallets. A customer sees only '
'the lines of their own wallets; staff see all lines. To read a statement, filter by one wallet_id '
'and order by posting_id.';
comment on column api.statement_lines.posting_id is
'Position of the line in the order in which money moved; unique within a wallet.';
comment on column api.statement_lines.transaction_id is 'The transaction.';
comment on column api.statement_lines.wallet_id is 'The wallet that the line belongs to.';
comment on column api.statement_lines.direction is
'DEBIT (money left the wallet) or CREDIT (money entered it).';
comment on column api.statement_lines.amount is
'Change of the balance in major units: negative for a DEBIT, positive for a CREDIT.';
comment on column api.statement_lines.balance_after is
'Balance of the wallet after the transaction, in major units.';
comment on column api.statement_lines.currency_code is 'Currency of the wallet and the amount.';
comment on column api.statement_lines.reference_number is 'Reference number of the transaction.';
comment on column api.statement_lines.external_reference_number is
'Reference that the sender of the request gave; null if none was given.';
comment on column api.statement_lines.transaction_type_id is 'Type of the transaction.';
comment on column api.statement_lines.other_wallet_id is 'The other wallet of the transaction.';
comment on column api.statement_lines.status_message is
'Explanation of the status, for people; null if there is none.';
comment on column api.statement_lines.posted_at is 'When the money moved.';
comment on column api.statement_lines.created_at is 'When the transaction was requested.';
grant select on api.statement_lines to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/views/ledger_entries.sql
-- Both sides of a transaction from one reading of its row, for who reads them all; a statement
-- reads one wallet's (api.statement_lines).
create or replace view tekana.ledger_entries with (security_invoker = true) as
select
    coalesce(t.ending_id, t.transaction_id) as posting_id,
    t.transaction_id,
    t.ending_id,
    s.wallet_id,
    s.amount,
    s.balance_after,
    s.customer_id,
    t.currency_code
from tekana.transactions as t
cross join
    lateral (
        values
        (t.debited_wallet_id, -t.amount, t.debited_balance_after, t.debited_customer_id),
        (t.credited_wallet_id, t.amount, t.credited_balance_after, t.credited_customer_id)
    ) as s (wallet_id, amount, balance_after, customer_id)
where t.status in ('COMPLETED', 'REVERSED');

comment on view tekana.ledger_entries is
'The ledger as entries: two for each posted transaction, one for each of its wallets.';
comment on column tekana.ledger_entries.posting_id is
'Place in the ledger: position of the entry in the order in which money moved; unique within a '
'wallet.';
comment on column tekana.ledger_entries.transaction_id is 'The transaction.';
comment on column tekana.ledger_entries.ending_id is
'Place in the ledger at which the hold was completed, for searching by index: then it equals '
'posting_id. Null if the transaction was never a hold.';
comment on column tekana.ledger_entries.wallet_id is 'The wallet that the entry belongs to.';
comment on column tekana.ledger_entries.amount is
'Change of the balance in major units: negative for a debit, positive for a credit.';
comment on column tekana.ledger_entries.balance_after is
'Balance of the wallet after the transaction, in major units.';
comment on column tekana.ledger_entries.customer_id is
'Owner of the wallet according to the transaction; null if it belonged to the operator.';
comment on column tekana.ledger_entries.currency_code is
'Currency of the wallet according to the transaction.';
-- end frozen

-- frozen: db/views/open_sessions.sql
create or replace view tekana.open_sessions with (security_invoker = true) as
select
    s.session_id,
    s.user_id,
    u.role
from tekana.sessions as s
inner join tekana.users as u on s.user_id = u.user_id
where s.ended_at is null and s.expires_at > now() and u.status = 'ACTIVE';

comment on view tekana.open_sessions is
'Sessions that have neither ended nor expired and whose user is active.';
comment on column tekana.open_sessions.session_id is 'The session.';
comment on column tekana.open_sessions.user_id is 'The user who signed in.';
comment on column tekana.open_sessions.role is 'Role of the user: CUSTOMER, STAFF or ADMIN.';
-- end frozen

-- frozen: db/views/analytics.sql
-- What analysts count with. Unlike the views of schema api these read with their owner's rights, so
-- that analysts need none on the tables: what they show of a person is a number, a gender and since
-- when; of a member of staff, a number. Functions would be called with the rights of who asks, so
-- there are none of ours in them.

create or replace view analytics.customers as
select
    c.customer_id,
    c.gender,
    u.status,
    u.created_at
from tekana.customers as c
inner join tekana.users as u on c.customer_id = u.user_id;

comment on view analytics.customers is 'Customers, without personal data.';
comment on column analytics.customers.customer_id is 'Primary key.';
comment on column analytics.customers.gender is 'FEMALE or MALE, as on the identity document.';
comment on column analytics.customers.status is
'ACTIVE or INACTIVE. An INACTIVE customer cannot sign in.';
comment on column analytics.customers.created_at is 'When the customer registered.';
grant select on analytics.customers to tekana_analyst;

create or replace view analytics.wallets as
select
    w.wallet_id,
    w.customer_id,
    t.code as wallet_type,
    w.is_operator,
    w.currency_code,
    w.account_number,
    w.current_balance,
    -- As in api.wallets.
    w.current_balance - w.held_amount
    + case
        when w.held_amount = 0 then 0
        else coalesce((
                select sum(h.amount)
                from tekana.transactions as h
                where
                    h.debited_wallet_id = w.wallet_id and h.status = 'PENDING'
                    and h.expires_at <= now()
            ), 0)
    end as available_balance,
    w.status,
    w.created_at
from tekana.wallets as w
inner join tekana.wallet_types as t on w.wallet_type_id = t.wallet_type_id;

comment on view analytics.wallets is
'Wallets of customers and of the operator, with their current balances.';
comment on column analytics.wallets.wallet_id is 'Primary key.';
comment on column analytics.wallets.customer_id is
'Owner; null if the wallet belongs to the operator.';
comment on column analytics.wallets.wallet_type is
'Code of the wallet type, such as PERSONAL, MERCHANT or AGENT; for wallets of the operator FLOAT, '
'FEE or SETTLEMENT.';
comment on column analytics.wallets.is_operator is 'Whether the wallet belongs to the operator.';
comment on column analytics.wallets.currency_code is 'Currency of the wallet.';
comment on column analytics.wallets.account_number is
'Account number. Senders can use it to name the wallet to credit.';
comment on column analytics.wallets.current_balance is
'Current balance in major units, including held money.';
comment on column analytics.wallets.available_balance is
'Available balance in major units: current_balance minus held money.';
comment on column analytics.wallets.status is
'ACTIVE, INACTIVE or DORMANT. Only reversals debit or credit a wallet that is not ACTIVE.';
comment on column analytics.wallets.created_at is 'When the wallet was opened.';
grant select on analytics.wallets to tekana_analyst;

create or replace view analytics.transactions as
select
    t.transaction_id,
    y.code as transaction_type,
    t.channel_type,
    t.status,
    t.decline_code,
    t.currency_code,
    t.amount,
    t.held_amount,
    t.debited_wallet_id,
    t.credited_wallet_id,
    t.debited_customer_id,
    t.credited_customer_id,
    t.reverses_transaction_id,
    t.actor_id,
    t.created_at,
    t.expires_at,
    t.ended_at,
    t.ended_by,
    case when t.status in ('COMPLETED', 'REVERSED') then coalesce(t.ended_at, t.created_at) end
        as posted_at
from tekana.transactions as t
inner join tekana.transaction_types as y on t.transaction_type_id = y.transaction_type_id;

comment on view analytics.transactions is
'All requested transactions, one row each, whatever their outcome. posted_at is null for those '
'that moved no money.';
comment on column analytics.transactions.transaction_id is
'Primary key. The reference number is made from it: T and at least 12 digits, such as '
'T000000000042.';
comment on column analytics.transactions.transaction_type is
'Code of the transaction type, such as TRANSFER.';
comment on column analytics.transactions.channel_type is
'Channel of the request: WEB, APP, KIOSK or USSD.';
comment on column analytics.transactions.status is
'PENDING (held), COMPLETED (posted), FAILED (declined), REVERSED (posted, then reversed '
'completely) or CANCELLED (the hold was cancelled or expired). An expired hold stays PENDING for '
'some seconds, until the worker cancels it.';
comment on column analytics.transactions.decline_code is
'Why the transaction was declined: an error code of docs/errors.md. Null unless status is FAILED.';
comment on column analytics.transactions.currency_code is
'Currency of the amount and of both wallets. If the wallets have different currencies (declined: '
'CURNC), that of the debited wallet.';
comment on column analytics.transactions.amount is
'Amount in major units, always positive. If a hold was completed in part, the part that moved.';
comment on column analytics.transactions.held_amount is
'Amount that was held at first, in major units; null if the transaction was never a hold.';
comment on column analytics.transactions.debited_wallet_id is 'The wallet that the money leaves.';
comment on column analytics.transactions.credited_wallet_id is 'The wallet that the money enters.';
comment on column analytics.transactions.debited_customer_id is
'Owner of the debited wallet; null if it belongs to the operator.';
comment on column analytics.transactions.credited_customer_id is
'Owner of the credited wallet; null if it belongs to the operator.';
comment on column analytics.transactions.reverses_transaction_id is
'The transaction that this one reverses, wholly or in part; null if it is not a reversal.';
comment on column analytics.transactions.actor_id is
'Who requested the transaction: a customer_id, or the number of a member of staff, who is not in '
'analytics.customers.';
comment on column analytics.transactions.created_at is 'When the transaction was requested.';
comment on column analytics.transactions.expires_at is
'When the hold expires; null if the transaction was never a hold.';
comment on column analytics.transactions.ended_at is
'When the hold was completed, was cancelled or expired. Null if the hold has not ended, or if the '
'transaction was never a hold.';
comment on column analytics.transactions.ended_by is
'Who completed or cancelled the hold, as in actor_id; null if it expired, has not ended, or never '
'was a hold.';
comment on column analytics.transactions.posted_at is
'When the money moved; null if no money moved.';
grant select on analytics.transactions to tekana_analyst;

-- A branch for each side, so that the entries of one wallet are found by its indexes.
create or replace view analytics.entries as
select
    s.posting_id,
    s.transaction_id,
    y.code as transaction_type,
    s.reverses_transaction_id,
    s.wallet_id,
    s.customer_id,
    s.currency_code,
    s.amount,
    s.balance_after,
    s.created_at,
    s.posted_at
from (
    select
        coalesce(t.ending_id, t.transaction_id) as posting_id,
        t.transaction_id,
        t.transaction_type_id,
        t.reverses_transaction_id,
        t.debited_wallet_id as wallet_id,
        t.debited_customer_id as customer_id,
        t.currency_code,
        -t.amount as amount,
        t.debited_balance_after as balance_after,
        t.created_at,
        coalesce(t.ended_at, t.created_at) as posted_at
    from tekana.transactions as t
    where t.status in ('COMPLETED', 'REVERSED')
    union all
    select
        coalesce(t.ending_id, t.transaction_id) as posting_id,
        t.transaction_id,
        t.transaction_type_id,
        t.reverses_transaction_id,
        t.credited_wallet_id as wallet_id,
        t.credited_customer_id as customer_id,
        t.currency_code,
        t.amount,
        t.credited_balance_after as balance_after,
        t.created_at,
        coalesce(t.ended_at, t.created_at) as posted_at
    from tekana.transactions as t
    where t.status in ('COMPLETED', 'REVERSED')
) as s
inner join tekana.transaction_types as y on s.transaction_type_id = y.transaction_type_id;

comment on view analytics.entries is
'Entries: two rows for each posted transaction, one for the wallet that the money left and one for '
'the wallet that it entered.';
comment on column analytics.entries.posting_id is
'Position of the entry in the order in which money moved; unique within a wallet.';
comment on column analytics.entries.transaction_id is 'The transaction.';
comment on column analytics.entries.transaction_type is
'Code of the transaction type, such as TRANSFER.';
comment on column analytics.entries.reverses_transaction_id is
'The transaction that this one reverses, wholly or in part; null if it is not a reversal.';
comment on column analytics.entries.wallet_id is 'The wallet that the entry belongs to.';
comment on column analytics.entries.customer_id is
'Owner of the wallet; null if it belongs to the operator.';
comment on column analytics.entries.currency_code is 'Currency of the wallet and the amount.';
comment on column analytics.entries.amount is
'Change of the balance in major units: negative if money left the wallet, positive if it entered.';
comment on column analytics.entries.balance_after is
'Balance of the wallet after the transaction, in major units.';
comment on column analytics.entries.created_at is 'When the transaction was requested.';
comment on column analytics.entries.posted_at is 'When the money moved.';
grant select on analytics.entries to tekana_analyst;
-- end frozen

commit;
