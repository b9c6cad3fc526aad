create table tekana.sms_messages (
    message_id bigint generated always as identity,
    user_id bigint not null,
    purpose text not null,
    status text not null default 'QUEUED',
    attempts smallint not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    last_attempt_at timestamptz,
    sent_at timestamptz,
    gateway text,
    gateway_reference text,
    problem text,

    constraint sms_messages_pkey primary key (message_id),
    constraint sms_messages_are_to_users foreign key (user_id) references tekana.users (user_id),
    constraint sms_messages_purpose_is_known check (purpose in ('OTP')),
    constraint sms_messages_status_is_known check (
        status in ('QUEUED', 'SENT', 'FAILED', 'EXPIRED')
    ),
    constraint sms_messages_sent_has_a_time check ((status = 'SENT') = (sent_at is not null))
);
create index sms_messages_user_id_idx on tekana.sms_messages (user_id);
-- The worker looks for what still waits: few rows, so the index stays small however long the
-- history.
create index sms_messages_waiting_idx on tekana.sms_messages (created_at) where status = 'QUEUED';

comment on table tekana.sms_messages is
'Messages to send by SMS. Each is written in the same database transaction as the event that '
'requires it, so it is not lost even if the job queue loses the job. Texts and codes are not '
'stored here.';
comment on column tekana.sms_messages.message_id is
'Primary key; the only content of a queued job.';
comment on column tekana.sms_messages.user_id is
'The recipient. The phone number is looked up when the message is sent.';
comment on column tekana.sms_messages.purpose is 'OTP: a one-time password.';
comment on column tekana.sms_messages.status is
'QUEUED, SENT (the gateway accepted it), FAILED (given up) or EXPIRED (no longer useful).';
comment on column tekana.sms_messages.attempts is 'Number of attempts to send the message.';
comment on column tekana.sms_messages.created_at is 'When the message was requested.';
comment on column tekana.sms_messages.expires_at is 'When the message is no longer useful.';
comment on column tekana.sms_messages.last_attempt_at is
'When the last attempt to send it began; null before the first.';
comment on column tekana.sms_messages.sent_at is
'When a gateway accepted the message; null unless status is SENT.';
comment on column tekana.sms_messages.gateway is
'Gateway of the last attempt whose result is known; null before that.';
comment on column tekana.sms_messages.gateway_reference is
'Reference that the gateway gave the message.';
comment on column tekana.sms_messages.problem is
'What went wrong in the last failed attempt; null if none failed, or once the message is SENT.';
