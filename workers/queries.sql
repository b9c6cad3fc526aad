-- What the worker asks of the database, as the role tekana_worker.

-- name: begin_sms
-- No row: there is nothing to send any more.
select phone_number, purpose, attempt from tekana.begin_sms(%(message_id)s::bigint);

-- name: record_sms_sent
select tekana.record_sms_sent(%(message_id)s::bigint, %(gateway)s::text, %(reference)s::text);

-- name: record_sms_failure
select tekana.record_sms_failure(
    %(message_id)s::bigint, %(gateway)s::text, %(problem)s::text, %(permanent)s::boolean
) as is_given_up;

-- name: find_waiting_sms
select waiting.message_id
from
    tekana.find_waiting_sms(make_interval(secs => %(older_than_seconds)s), %(most)s::integer)
        as waiting (message_id);

-- name: forget_old
select f.sessions, f.messages
from tekana.forget_old(make_interval(days => %(days)s), %(most)s::integer) as f;

-- name: sweep_expired_holds
select tekana.sweep_expired_holds(%(most)s::integer) as holds;

-- name: seal_transactions
select s.record_count, s.block_number, s.last_place, s.hash
from tekana.seal_transactions(%(most)s::integer) as s;
