// What the page for front-ends has for react-admin, as a member of staff uses it.
// Run by tests/api/test_front_ends.py, which copies it from docs/clients.md.
import { dataProvider, session } from "./copied.mjs";

Object.assign(session, JSON.parse(process.env.SESSION));
const newest = { pagination: { page: 1, perPage: 2 }, sort: { field: "posting_id", order: "DESC" }, filter: {} };
const { data } = await dataProvider.getList("statement_lines", newest);
const ids = data.map(({ id }) => id);
const one = await Promise.all(ids.map((id) => dataProvider.getOne("statement_lines", { id })));
const many = await dataProvider.getMany("statement_lines", { ids });
const wallets = (rows) => rows.map((row) => row.wallet_id).sort();
console.log(JSON.stringify([wallets(data), wallets(one.map((found) => found.data)), wallets(many.data)]));
