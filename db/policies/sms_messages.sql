-- No policy, no grant: messages are read and written by the functions of the API and the worker
-- only.
alter table tekana.sms_messages enable row level security;
