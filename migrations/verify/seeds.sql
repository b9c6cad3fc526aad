-- Verify seeds. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

do $$
begin
    if not exists (select from tekana.wallet_types) then
        raise exception 'no rows in tekana.wallet_types';
    end if;
end
$$;

do $$
begin
    if not exists (select from tekana.transaction_types) then
        raise exception 'no rows in tekana.transaction_types';
    end if;
end
$$;

do $$
begin
    if not exists (select from tekana.transaction_rules) then
        raise exception 'no rows in tekana.transaction_rules';
    end if;
end
$$;

do $$
begin
    if not exists (select from tekana.currencies) then
        raise exception 'no rows in tekana.currencies';
    end if;
end
$$;

rollback;
