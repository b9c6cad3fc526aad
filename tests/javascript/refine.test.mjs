// The unmodified data provider of refine, through every method and operator that it has.
// Run by tests/api/data/test_javascript.py, which says where the bookshop answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dataProvider } from "@refinedev/supabase";
import { PostgrestClient } from "@supabase/postgrest-js";

// Of a Supabase client it uses what a PostgREST client has.
const client = new PostgrestClient(process.env.SHOP_URL, { schema: "shop" });
const provider = dataProvider(client);
const upwards = { resource: "books", sorters: [{ field: "id", order: "asc" }] };
const ids = ({ data }) => data.map((row) => row.id);

const filters = [
  ["eq", "title", "Americanah", [4]],
  ["eq", "in_print", true, [1, 2, 5]],
  ["ne", "id", 2, [1, 3, 4, 5]],
  ["gt", "id", 4, [5]],
  ["gte", "id", 4, [4, 5]],
  ["lt", "id", 3, [1, 2]],
  ["lte", "id", 2, [1, 2]],
  ["in", "title", ["Things Fall Apart", "no, (such) title"], [2]],
  ["in", "id", [1, 3], [1, 3]],
  ["nin", "id", "(1,2)", [3, 4, 5]], // it passes on what it is given
  ["ina", "tags", ["novel", "kenya"], [1]],
  ["nina", "tags", ["novel"], [3, 4, 5]],
  ["contains", "title", "THINGS", [2]],
  ["ncontains", "title", "%OF%", [2, 4, 5]], // likewise
  ["containss", "title", "of", [1, 3]],
  ["ncontainss", "title", "%of%", [2, 4, 5]], // likewise
  ["between", "id", [2, 4], [2, 3, 4]],
  ["null", "in_print", true, [3]],
  ["nnull", "in_print", null, [1, 2, 4, 5]], // likewise
  ["startswith", "title", "petals", [1]],
  ["endswith", "title", "BLOOD", [1]],
  ["eq", "extras->>n", "1.10", [1]],
];

for (const [operator, field, value, expected] of filters) {
  test(`filter: ${operator} of ${field}`, async () => {
    const found = await provider.getList({ ...upwards, filters: [{ operator, field, value }] });
    assert.deepEqual([ids(found), found.total], [expected, expected.length]);
  });
}

test("filters: several, and or", async () => {
  const both = [{ field: "id", operator: "gt", value: 1 }, { field: "in_print", operator: "eq", value: true }];
  assert.deepEqual(ids(await provider.getList({ ...upwards, filters: both })), [2, 5]);
  for (const [parts, expected] of [
    [[["id", "eq", 1], ["price", "gt", 13]], [1, 3, 4]],
    [[["title", "contains", "PETALS"], ["title", "containss", ", \\\"quoted"]], [1, 5]],
    [[["price", "lt", 10], ["id", "in", [4, 5]]], [2, 4, 5]],
    [[["tags", "ina", ["novel", "kenya"]], ["in_print", "null", null]], [1, 3]],
    [[["tags", "nina", ["novel"]], ["id", "lte", 1]], [1, 3, 4, 5]],
    [[["id", "nin", "(1,2,3)"], ["in_print", "nnull", "null"]], [1, 2, 4, 5]],
  ]) {
    const value = parts.map(([field, operator, value]) => ({ field, operator, value }));
    assert.deepEqual(ids(await provider.getList({ ...upwards, filters: [{ operator: "or", value }] })), expected);
  }
});

test("getList: order, pages and the total", async () => {
  const sorters = [{ field: "in_print", order: "desc" }, { field: "title", order: "asc" }];
  const found = await provider.getList({ ...upwards, sorters, pagination: { currentPage: 2, pageSize: 2 } });
  assert.deepEqual([ids(found), found.total], [[1, 2], 5]);
  for (const count of ["exact", "planned", "estimated"]) {
    assert.equal((await provider.getList({ ...upwards, meta: { count } })).total, 5);
  }
});

test("getList without pages: a page, and how many rows there are", async () => {
  const off = await provider.getList({ resource: "receipts", pagination: { mode: "off" } });
  assert.deepEqual([off.data.length, off.total], [20, 40]);
  const all = await provider.getList({ resource: "receipts", pagination: { pageSize: 1000 } });
  assert.deepEqual([all.data.length, all.total], [40, 40]);
});

test("getList: columns and what is embedded", async () => {
  const filters = [{ field: "author.name", operator: "eq", value: "Adichie" }];
  const select = "id, called:title, author:authors!books_author!inner(name)";
  const found = await provider.getList({ ...upwards, filters, meta: { select } });
  assert.deepEqual(found.data[0], { id: 3, called: "Half of a Yellow Sun", author: { name: "Adichie" } });
  assert.equal(found.total, 2);

  // A sorter of an embedded relation puts its rows in order, and embeds it where nothing is selected.
  const sorters = [{ field: "genres.name", order: "asc" }];
  const embedded = await provider.getList({ resource: "books", sorters, filters: [{ field: "id", operator: "eq", value: 2 }] });
  assert.deepEqual(embedded.data[0].genres, [{ name: "history" }, { name: "novel" }]);
  assert.equal(embedded.data[0].title, "Things Fall Apart");
});

test("getOne and getMany, by id or another column", async () => {
  assert.equal((await provider.getOne({ resource: "books", id: 2 })).data.title, "Things Fall Apart");
  const meta = { idColumnName: "book_id", select: "colour, books(title)" };
  const one = await provider.getOne({ resource: "covers", id: 1, meta });
  assert.deepEqual(one.data, { colour: "red", books: { title: "Petals of Blood" } });
  assert.deepEqual((await provider.getMany({ resource: "covers", ids: [1, 2], meta })).data.length, 2);
  assert.equal((await provider.getOne({ resource: "books", id: 99 })).data, undefined);
});

test("getMany gives all that it names, not a page of them", async () => {
  const wanted = Array.from({ length: 25 }, (_, n) => n + 1);
  assert.equal((await provider.getMany({ resource: "receipts", ids: wanted })).data.length, 25);
});

test("functions are called by the client", async () => {
  assert.throws(() => provider.custom({ url: "rpc/add", method: "post" }), /Not implemented/);
  assert.equal((await client.rpc("add", { a: 1, b: 2 })).data, 3);
});

test("another schema, and a token", async () => {
  const headers = { Authorization: `Bearer ${process.env.SHOP_TOKEN}` };
  const keeper = dataProvider(new PostgrestClient(process.env.SHOP_URL, { headers }));
  assert.equal((await keeper.getOne({ resource: "money_box", id: 1 })).data.content, "secret");
  const cellar = await keeper.getOne({ resource: "books", id: 2, meta: { schema: "cellar" } });
  assert.deepEqual(cellar.data, { id: 2, vintage: 1990 });
});

test("errors say what is wrong", async () => {
  const titel = [{ field: "titel", operator: "eq", value: "x" }];
  for (const [asking, code] of [
    [() => provider.getList({ ...upwards, filters: titel }), "PGRST204"],
    [() => provider.getList({ resource: "boks" }), "PGRST205"],
    [() => provider.getList({ ...upwards, pagination: { currentPage: 9 } }), "PGRST103"],
    [() => provider.getMany({ resource: "books", ids: ["x"] }), "22P02"],
    [() => provider.getList({ resource: "money_box" }), "42501"],
  ]) {
    await assert.rejects(asking, (error) => error.code === code && error.message.length > 10);
  }
});

test("what writes a relation is refused and says so", async () => {
  const resource = "books";
  for (const writing of [
    () => provider.create({ resource, variables: { title: "x" } }),
    () => provider.createMany({ resource, variables: [{ title: "x" }] }),
    () => provider.update({ resource, id: 1, variables: { title: "x" } }),
    () => provider.updateMany({ resource, ids: [1, 2], variables: { title: "x" } }),
    () => provider.deleteOne({ resource, id: 1 }),
    () => provider.deleteMany({ resource, ids: [1, 2] }),
  ]) {
    await assert.rejects(writing, { code: "PGRST117", message: "'books' can only be read here" });
  }
});
