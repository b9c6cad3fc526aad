// What a front-end writes with the types that the OpenAPI document generates.
// Compiled by tests/api/test_documentation.py, never run.
import type { components, paths } from "./api.js";

type Wallet = components["schemas"]["wallets"];
type Read = paths["/wallets"]["get"];
type Post = paths["/rpc/post_transaction"]["post"];
type Login = paths["/customers/login"]["post"];
type Signed = paths["/customers/validateOtp"]["put"]["responses"][200];
type Group = paths["/rpc/post_transactions"]["post"]["responses"][200];
type Posting = components["schemas"]["Posting"];
type Json = "application/json";

export const query: Read["parameters"]["query"] = {
  currency_code: "eq.RWF",
  order: "current_balance.desc",
  limit: 1,
};
export const headers: Read["parameters"]["header"] = { Prefer: "count=exact" };
export const transfer: Post["requestBody"]["content"][Json] = {
  transaction_type: "TRANSFER",
  debited_wallet_id: 1,
  credited_wallet_id: 2,
  amount: 1200.5,
  channel_type: "APP",
};
export const login: Login["requestBody"]["content"][Json] = {
  email: "aline@example.com",
  password: "a long and private sentence",
};
export const held: Posting = { ...transfer, status: "PENDING", expires_at: null };

export function authorization(tokens: Signed["content"][Json]): string {
  return `${tokens.token_type} ${tokens.token.trim()}`;
}

export function declined(outcomes: Group["content"][Json]): (string | undefined)[] {
  return outcomes.filter(({ replayed }) => !replayed).map(({ error }) => error?.code);
}

export function total(wallets: Read["responses"][200]["content"][Json]): number {
  return wallets.reduce((sum: number, wallet: Wallet) => sum + wallet.current_balance, 0);
}

export function wrongFields(error: components["schemas"]["Error"]): string[] {
  return error.details?.split("\n") ?? [];
}

export function choices({ details }: Read["responses"][300]["content"][Json]): string[] {
  return Array.isArray(details) ? details.map(({ relationship }) => relationship.trim()) : [];
}

export function outcome(
  answer: Post["responses"][200]["content"][Json] | components["schemas"]["Error"],
): string {
  return "message" in answer ? answer.message : `${answer.id} is ${answer.status.toLowerCase()}`;
}
