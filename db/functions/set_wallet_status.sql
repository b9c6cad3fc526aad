create or replace function api.set_wallet_status(wallet_id bigint, status text) returns api.wallets
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_result api.wallets;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['status'],
        array[tekana.choice_problem(set_wallet_status.status, 'ACTIVE', 'INACTIVE', 'DORMANT')]
    );
    update tekana.wallets as w set status = set_wallet_status.status
    where w.wallet_id = set_wallet_status.wallet_id;
    if not found then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet', 'wallet_id: does not exist'
        );
    end if;
    select w.* into v_result from api.wallets as w where w.id = set_wallet_status.wallet_id;
    return v_result;
end
$$;
comment on function api.set_wallet_status(bigint, text) is
'Sets the status of a wallet to ACTIVE, INACTIVE or DORMANT. Only an ACTIVE wallet can be debited '
'or credited. For staff.';
revoke all on function api.set_wallet_status(bigint, text) from public;
grant execute on function api.set_wallet_status(bigint, text) to tekana_staff;
