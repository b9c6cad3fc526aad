// What does not compile with the types that the OpenAPI document generates; each line says why.
// Compiled by tests/api/test_documentation.py, never run.
import type { components, paths } from "./api.js";

type Wallet = components["schemas"]["wallets"];
type Read = paths["/wallets"]["get"];
type Open = paths["/rpc/open_wallet"]["post"]["requestBody"]["content"]["application/json"];

export const color = (wallet: Wallet) => wallet.color; // TS2339: there is no such column
export const upper = (wallet: Wallet) => wallet.id.toUpperCase(); // TS2339: it is a number
export const owner = (wallet: Wallet) => wallet.customer_id.toFixed(); // TS18047: it may be null
export const query: Read["parameters"]["query"] = { color: "eq.red" }; // TS2353: no such filter
export const open: Open = { wallet_type_id: 1 }; // TS2741: the currency is missing
export type Removed = paths["/wallets"]["delete"]["responses"]; // TS2339: wallets are not deleted
export type Unknown = paths["/purses"]; // TS2339: there is no such path
