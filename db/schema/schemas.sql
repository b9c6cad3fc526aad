create schema tekana;
comment on schema tekana is 'Private: the tables and the internal functions.';

create schema api;
comment on schema api is
'The public API: every view and function in it is an endpoint under /api/v1.';

create schema analytics;
comment on schema analytics is 'The interface for analysts: views without personal data.';

grant usage on schema tekana to
tekana_authenticator, tekana_anonymous, tekana_customer, tekana_staff, tekana_gatekeeper,
tekana_worker;
grant usage on schema api to tekana_anonymous, tekana_customer, tekana_staff;
grant usage on schema analytics to tekana_analyst;
