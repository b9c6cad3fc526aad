create or replace function tekana.lock_wallets(
    debited_wallet_id bigint, credited_wallet_id bigint,
    out debited tekana.wallets, out credited tekana.wallets
)
language plpgsql volatile
set search_path = ''
as $$
declare
    v_wallet tekana.wallets;
begin
    -- One statement, one order: two transactions over the same wallets never wait for each other.
    for v_wallet in
        select *
        from tekana.wallets as w
        where w.wallet_id in (lock_wallets.debited_wallet_id, lock_wallets.credited_wallet_id)
        order by w.wallet_id
        for no key update
    loop
        if v_wallet.wallet_id = lock_wallets.debited_wallet_id then
            debited := v_wallet;
        else
            credited := v_wallet;
        end if;
    end loop;
end
$$;
comment on function tekana.lock_wallets(bigint, bigint) is
'Both wallets of a transaction, locked until it ends, '
'as they are now; nulls for one that does not exist.';
revoke all on function tekana.lock_wallets(bigint, bigint) from public;
