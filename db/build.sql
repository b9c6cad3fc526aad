-- Builds Tekana's database from nothing:
-- psql -v ON_ERROR_STOP=1 -d <empty database> -f db/build.sql
-- Connect as a superuser, or as a role that may create roles and owns the database.
-- This list is the build order; the tools that write migrations read it too.

set client_min_messages = warning;
\ir policies/roles.sql
set role tekana_owner;

\ir schema/schemas.sql
\ir schema/field_rules.sql
\ir schema/currencies.sql
\ir schema/users.sql
\ir schema/customers.sql
\ir schema/sessions.sql
\ir schema/sms_messages.sql
\ir schema/wallet_types.sql
\ir schema/wallets.sql
\ir schema/transaction_types.sql
\ir schema/transaction_rules.sql
\ir schema/transactions.sql
\ir schema/idempotency_keys.sql
\ir schema/wallet_keys.sql
\ir schema/postings.sql
\ir schema/ledger_proofs.sql
\ir schema/ledger_horizons.sql
\ir schema/ledger_blocks.sql

\ir functions/claims.sql
\ir functions/raise_problem.sql
\ir functions/deployed_changes.sql
\ir functions/guard_transactions.sql
\ir functions/refuse_changes.sql

\ir views/currencies.sql
\ir views/customers.sql
\ir views/wallet_types.sql
\ir views/wallets.sql
\ir views/transaction_types.sql
\ir views/transaction_rules.sql
\ir views/transactions.sql
\ir views/statement_lines.sql
\ir views/ledger_entries.sql
\ir views/open_sessions.sql
\ir views/analytics.sql

\ir functions/reading_problem.sql
\ir functions/register_customer.sql
\ir functions/create_staff.sql
\ir functions/sign_in.sql
\ir functions/sessions.sql
\ir functions/require_role.sql
\ir functions/sms_messages.sql
\ir functions/forget_old.sql
\ir functions/create_wallet_type.sql
\ir functions/create_transaction_type.sql
\ir functions/create_transaction_rule.sql
\ir functions/open_wallet.sql
\ir functions/set_wallet_status.sql
\ir functions/activate_currency.sql
\ir functions/find_operator_wallets.sql
\ir functions/lock_wallets.sql
\ir functions/decline_reason.sql
\ir functions/respond.sql
\ir functions/replay_posting.sql
\ir functions/keep_key.sql
\ir functions/prepare_postings.sql
\ir functions/decide_postings.sql
\ir functions/refuse_group.sql
\ir functions/post_batch.sql
\ir functions/post_transaction.sql
\ir functions/read_postings.sql
\ir functions/post_each.sql
\ir functions/post_transactions.sql
\ir functions/post_gathered.sql
\ir functions/end_hold.sql
\ir functions/complete_transaction.sql
\ir functions/cancel_transaction.sql
\ir functions/reverse_transaction.sql
\ir functions/advance_horizon.sql
\ir functions/check_wallets.sql
\ir functions/check_histories.sql
\ir functions/check_transactions.sql
\ir functions/check_places.sql
\ir functions/check_ledger.sql
\ir functions/prove_ledger.sql
\ir functions/digest_records.sql
\ir functions/seal_ledger.sql
\ir functions/verify_ledger.sql
\ir functions/balance_at.sql

\ir policies/currencies.sql
\ir policies/users.sql
\ir policies/customers.sql
\ir policies/sessions.sql
\ir policies/sms_messages.sql
\ir policies/wallet_types.sql
\ir policies/wallets.sql
\ir policies/transaction_types.sql
\ir policies/transaction_rules.sql
\ir policies/transactions.sql
\ir policies/idempotency_keys.sql
\ir policies/wallet_keys.sql
\ir policies/ledger_proofs.sql
\ir policies/ledger_horizons.sql
\ir policies/ledger_blocks.sql

\ir seeds/wallet_types.sql
\ir seeds/transaction_types.sql
\ir seeds/transaction_rules.sql
\ir seeds/currencies.sql

reset role;
