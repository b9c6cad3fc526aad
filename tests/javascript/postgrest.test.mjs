// The unmodified @supabase/postgrest-js through every method that reads or calls a function.
// Run by tests/api/data/test_javascript.py, which says where the bookshop answers.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as library from "@supabase/postgrest-js";

const { PostgrestClient } = library;

const client = new PostgrestClient(process.env.SHOP_URL, { schema: "shop" });
const books = () => client.from("books").select("id").order("id");

async function found(query) {
  const { data, error } = await query;
  assert.equal(error, null);
  return data.map((row) => row.id);
}

const filters = [
  ["eq", (q) => q.eq("title", "Americanah"), [4]],
  ["eq with a boolean", (q) => q.eq("in_print", true), [1, 2, 5]],
  ["neq", (q) => q.neq("id", 2), [1, 3, 4, 5]],
  ["gt", (q) => q.gt("id", 4), [5]],
  ["gte", (q) => q.gte("id", 4), [4, 5]],
  ["lt", (q) => q.lt("id", 3), [1, 2]],
  ["lte", (q) => q.lte("id", 2), [1, 2]],
  ["like", (q) => q.like("title", "%of%"), [1, 3]],
  ["likeAllOf", (q) => q.likeAllOf("title", ["%of%", "%S%"]), [3]],
  ["likeAnyOf", (q) => q.likeAnyOf("title", ["%Blood", "Amer%"]), [1, 4]],
  ["ilike", (q) => q.ilike("title", "petals%"), [1]],
  ["ilikeAllOf", (q) => q.ilikeAllOf("title", ["%A%", "%N%"]), [2, 3, 4]],
  ["ilikeAnyOf", (q) => q.ilikeAnyOf("title", ["%blood", "amer%"]), [1, 4]],
  ["regexMatch", (q) => q.regexMatch("title", "^[PT]"), [1, 2]],
  ["regexIMatch", (q) => q.regexIMatch("title", "^a"), [4]],
  ["is null", (q) => q.is("in_print", null), [3]],
  ["is true", (q) => q.is("in_print", true), [1, 2, 5]],
  ["isDistinct", (q) => q.isDistinct("binding", "hard"), [2, 3, 4, 5]],
  ["in", (q) => q.in("title", ["Things Fall Apart", "no, (such) title"]), [2]],
  ["in with numbers", (q) => q.in("id", [1, 3]), [1, 3]],
  ["notIn", (q) => q.notIn("id", [1, 2]), [3, 4, 5]],
  ["contains an array", (q) => q.contains("tags", ["novel", "kenya"]), [1]],
  ["contains an object", (q) => q.contains("extras", { n: 2 }), [3]],
  ["contains a range", (q) => q.contains("shelf_life", "[7,8)"), [1, 2]],
  ["containedBy", (q) => q.containedBy("tags", ["novel"]), [2, 3, 4, 5]],
  ["rangeGt", (q) => q.rangeGt("shelf_life", "[1,10)"), [3]],
  ["rangeGte", (q) => q.rangeGte("shelf_life", "[5,6)"), [2, 3]],
  ["rangeLt", (q) => q.rangeLt("shelf_life", "[15,18)"), [1]],
  ["rangeLte", (q) => q.rangeLte("shelf_life", "[1,20)"), [1, 2]],
  ["rangeAdjacent", (q) => q.rangeAdjacent("shelf_life", "[10,12)"), [1]],
  ["overlaps", (q) => q.overlaps("tags", ["kenya"]), [1]],
  ["overlaps with a range", (q) => q.overlaps("shelf_life", "[9,12)"), [1, 2]],
  ["match", (q) => q.match({ id: 1, isbn: "0000000001" }), [1]],
  ["not", (q) => q.not("id", "in", "(1,2)"), [3, 4, 5]],
  ["or", (q) => q.or("id.eq.1,and(id.gt.2,id.lt.4)"), [1, 3]],
  ["filter", (q) => q.filter("id", "eq", "3"), [3]],
  ["a JSON path", (q) => q.eq("extras->>n", "1.10"), [1]],
  ["limit", (q) => q.limit(2), [1, 2]],
  ["range", (q) => q.range(1, 2), [2, 3]],
];

for (const [name, build, expected] of filters) {
  test(`filter: ${name}`, async () => {
    assert.deepEqual(await found(build(books())), expected);
  });
}

test("textSearch", async () => {
  const reviews = () => client.from("reviews").select("id").order("id");
  assert.deepEqual(await found(reviews().textSearch("found", "fight")), [1, 2]);
  const english = { config: "english" };
  assert.deepEqual(await found(reviews().textSearch("found", "great novel", { type: "plain", ...english })), [1]);
  assert.deepEqual(await found(reviews().textSearch("found", "great novel", { type: "phrase" })), [1]);
  assert.deepEqual(await found(reviews().textSearch("found", "fight -boring", { type: "websearch" })), [1]);
});

test("order, limit, range and or of rows and of what is embedded", async () => {
  const { data } = await client.from("books").select("id").order("price", { ascending: false, nullsFirst: false }).limit(2);
  assert.deepEqual(data.map((row) => row.id), [4, 3]);
  const authors = () => client.from("authors").select("id, books!books_author(id)").eq("id", 3);
  const table = { referencedTable: "books" };
  for (const query of [
    authors().order("id", { ascending: false, ...table }).limit(1, table),
    authors().order("id", table).range(1, 1, table),
    authors().or("id.eq.4,title.like.X%", table),
    authors().eq("books.id", 4),
  ]) {
    const { data, error } = await query;
    assert.equal(error, null);
    assert.deepEqual(data, [{ id: 3, books: [{ id: 4 }] }]);
  }
  const spread = await client.from("covers").select("colour, ...books(title)").order("books(title)", { ascending: false });
  assert.deepEqual(spread.data.map((row) => row.title), ["Things Fall Apart", "Petals of Blood"]);
});

test("counts", async () => {
  for (const count of ["exact", "planned", "estimated"]) {
    assert.equal((await client.from("books").select("*", { count })).count, 5);
    const head = await client.from("books").select("*", { count, head: true });
    assert.deepEqual([head.count, head.data], [5, null]);
  }
});

test("single and maybeSingle", async () => {
  assert.deepEqual((await books().eq("id", 2).single()).data, { id: 2 });
  assert.deepEqual((await books().eq("id", 2).maybeSingle()).data, { id: 2 });
  assert.equal((await books().eq("id", 99).maybeSingle()).data, null);
  const { error, status } = await books().single();
  assert.deepEqual([error.code, error.details, status], ["PGRST116", "The result contains 5 rows", 406]);
});

test("csv, geojson, explain, stripNulls", async () => {
  assert.equal((await books().lte("id", 2).csv()).data, "id\n1\n2");
  const geo = await books().geojson();
  assert.deepEqual([geo.error.code, geo.status], ["PGRST107", 406]);
  const plan = await books().explain({ analyze: true, verbose: true, format: "json" });
  assert.ok(plan.data[0].Plan);
  assert.match((await books().explain()).data, /cost=/);
  const stripped = await client.from("paints").select("*").eq("id", 3).stripNulls();
  assert.deepEqual(stripped.data, [{ id: 3 }]);
});

test("throwOnError, abortSignal, retry, setHeader, returns and overrideTypes", async () => {
  await assert.rejects(async () => client.from("books").select("titel").throwOnError(), { code: "PGRST204" });
  const aborted = new AbortController();
  aborted.abort();
  assert.ok((await books().abortSignal(aborted.signal)).error);
  assert.deepEqual(await found(books().eq("id", 1).retry(false)), [1]);
  assert.deepEqual(await found(books().eq("id", 1).rollback()), [1]);
  const zone = await client.from("books").select("published_at").eq("id", 1).setHeader("Prefer", "timezone=Africa/Kigali");
  assert.deepEqual(zone.data, [{ published_at: "1977-01-01T02:00:00+02:00" }]);
  assert.deepEqual((await books().eq("id", 1).returns()).data, [{ id: 1 }]);
  assert.deepEqual((await books().eq("id", 1).overrideTypes()).data, [{ id: 1 }]);
});

test("rpc", async () => {
  assert.equal((await client.rpc("add", { a: 1, b: 2 })).data, 3);
  assert.equal((await client.rpc("add", { a: 1 }, { get: true })).data, 11);
  const some = await client.rpc("books_of", { author: "Achebe" }, { count: "exact" })
    .select("id").order("id", { ascending: false }).limit(1);
  assert.deepEqual([some.data, some.count], [[{ id: 5 }], 2]);
  assert.deepEqual((await client.rpc("books_of", { author: "Achebe" }).select("id").gt("id", 2)).data, [{ id: 5 }]);
  const one = await client.rpc("books_of", { author: "Ngugi" }).select("title").single();
  assert.deepEqual(one.data, { title: "Petals of Blood" });
  const list = await client.rpc("echo_all", { i: [1, 2], ts: ["a", "b"] }, { get: true });
  assert.deepEqual([list.data.i, list.data.ts], [[1, 2], ["a", "b"]]);
  const head = await client.rpc("many", { rows: 3 }, { head: true, count: "exact" });
  assert.equal(head.count, 3);
  const ring = await client.rpc("ring", { times: 3 }).maxAffected(2);
  assert.equal(ring.error.code, "PGRST124");
  const unknown = await client.rpc("addd", { a: 1 });
  assert.deepEqual([unknown.error.code, unknown.status], ["PGRST202", 404]);
});

test("another schema and a token", async () => {
  const keeper = new PostgrestClient(process.env.SHOP_URL, {
    schema: "shop",
    headers: { Authorization: `Bearer ${process.env.SHOP_TOKEN}` },
  });
  assert.deepEqual((await keeper.from("money_box").select("content")).data, [{ content: "secret" }]);
  const cellar = keeper.schema("cellar");
  assert.deepEqual((await cellar.from("books").select("vintage").eq("id", 2)).data, [{ vintage: 1990 }]);
  assert.equal((await cellar.rpc("oldest")).data, 1982);
  const described = await cellar.getOpenApiSpec();
  assert.deepEqual(Object.keys(described.data.paths), ["/books", "/rpc/oldest"]);
});

test("what writes is refused and says so", async () => {
  for (const query of [
    client.from("books").insert({ title: "x" }),
    client.from("books").upsert({ title: "x" }),
    client.from("books").update({ title: "x" }).eq("id", 1),
    client.from("books").delete().eq("id", 1),
  ]) {
    const { error, status } = await query;
    assert.deepEqual([error.code, status], ["PGRST117", 405]);
  }
});

test("no method of the library is left out", async () => {
  const inner = ["constructor", "cloneRequestState", "decorateFetch", "processResponse", "then", "toJSON"];
  const classes = Object.values(library).filter((one) => typeof one === "function");
  const names = classes.flatMap((one) => Object.getOwnPropertyNames(one.prototype));
  const text = await readFile(new URL(import.meta.url), "utf8");
  const left = names.filter((name) => !inner.includes(name) && !text.includes(`.${name}(`));
  assert.deepEqual(left, []);
  assert.ok(names.length > 40);
});
