// What the page for front-ends has for a session, whose access token has expired.
// Run by tests/api/test_front_ends.py, which copies it from docs/clients.md.
import { PostgrestClient } from "@supabase/postgrest-js";
import { api, session, signedFetch } from "./copied.mjs";

const { SESSION, TRANSFER } = process.env;
Object.assign(session, JSON.parse(SESSION));
const client = new PostgrestClient(api, { fetch: signedFetch });
const headers = { "Content-Type": "application/json", "Idempotency-Key": "once" };
const transfer = () => ({ method: "POST", headers, body: TRANSFER });
const seen = [];

async function asked(question) {
  session.token = "expired";
  const answer = await question();
  seen.push([answer.status, answer.headers?.get("Idempotency-Replayed") ?? null]);
}

await asked(() => signedFetch(`${api}/transactions`, transfer()));
// As openapi-fetch and others ask: by a request that is made already.
await asked(() => signedFetch(new Request(`${api}/transactions`, transfer())));
await asked(() => client.from("wallets").select().limit(1));
const together = [1, 2, 3].map(() => asked(() => client.from("wallets").select().limit(1)));
await Promise.all(together);
console.log(JSON.stringify(seen));
