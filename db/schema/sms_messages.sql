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
'What has to be sent by SMS, written in the same transaction as the fact that calls for it. The '
'queue may forget; this does not. Texts and codes are not kept here.';
comment on column tekana.sms_messages.message_id is 'Key: all that a queued job carries.';
comment on column tekana.sms_messages.user_id is
'To whom; the phone number is looked up when sending.';
comment on column tekana.sms_messages.purpose is 'OTP: a one-time password.';
comment on column tekana.sms_messages.status is
'QUEUED, SENT (the gateway took it), FAILED (given up) or EXPIRED (of no use any more).';
comment on column tekana.sms_messages.attempts is 'How often it was tried.';
comment on column tekana.sms_messages.created_at is 'When it was requested.';
comment on column tekana.sms_messages.expires_at is 'When it is of no more use.';
comment on column tekana.sms_messages.last_attempt_at is 'When it was last tried.';
comment on column tekana.sms_messages.sent_at is 'When a gateway took it.';
comment on column tekana.sms_messages.gateway is 'The gateway last tried.';
comment on column tekana.sms_messages.gateway_reference is 'The gateway''s own name for it.';
comment on column tekana.sms_messages.problem is 'What the gateway said the last time it failed.';
