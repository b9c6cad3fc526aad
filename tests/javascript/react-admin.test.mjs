// The unmodified data provider of react-admin, through every method and operator that it has.
// Run by tests/api/data/test_javascript.py, which says where the bookshop answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import postgrest from "@raphiniert/ra-data-postgrest";

// What fetchUtils.fetchJson of react-admin does, which would bring React along.
async function fetchJson(url, { headers = new Headers(), ...options } = {}) {
  if (!headers.has("Accept")) headers.set("Accept", "application/json");
  const response = await fetch(url, { ...options, headers });
  const body = await response.text();
  const json = body && JSON.parse(body);
  if (response.ok) return { status: response.status, headers: response.headers, body, json };
  throw Object.assign(new Error(json?.message || response.statusText), { status: response.status, body: json });
}

const config = {
  apiUrl: process.env.SHOP_URL,
  httpClient: fetchJson,
  defaultListOp: "eq",
  primaryKeys: new Map([
    ["covers", ["book_id"]],
    ["shelf_places", ["aisle", "number"]],
    ["rpc/ring", ["rung_at"]],
  ]),
  schema: () => "",
};
const provider = postgrest.default(config);
const upwards = { pagination: { page: 1, perPage: 10 }, sort: { field: "id", order: "ASC" }, filter: {} };
const ids = ({ data }) => data.map((row) => row.id);

const filters = [
  ["no operator", { title: "Americanah" }, [4]],
  ["a boolean", { in_print: true }, [1, 2, 5]],
  ["eq", { "title@eq": '100%, "quoted", (odd)' }, [5]],
  ["neq", { "id@neq": 2 }, [1, 3, 4, 5]],
  ["gt", { "id@gt": 4 }, [5]],
  ["gte", { "id@gte": 4 }, [4, 5]],
  ["lt", { "id@lt": 3 }, [1, 2]],
  ["lte", { "id@lte": 2 }, [1, 2]],
  ["like", { "title@like": "of" }, [1, 3]],
  ["ilike", { "title@ilike": "THINGS" }, [2]],
  ["ilike of two words", { "title@ilike": "blood petals" }, [1]],
  ["ilike of three words", { "title@ilike": "sun yellow half" }, [3]],
  ["match", { "title@match": "^[PT]" }, [1, 2]],
  ["imatch", { "title@imatch": "^a" }, [4]],
  ["in", { "id@in": "(1,3)" }, [1, 3]],
  ["is", { "in_print@is": null }, [3]],
  ["cs", { "tags@cs": "{novel,kenya}" }, [1]],
  ["cd", { "tags@cd": "{novel}" }, [2, 3, 4, 5]],
  ["ov", { "tags@ov": "{kenya}" }, [1]],
  ["sl", { "shelf_life@sl": "[15,18)" }, [1]],
  ["sr", { "shelf_life@sr": "[1,10)" }, [3]],
  ["nxr", { "shelf_life@nxr": "[1,20)" }, [1, 2]],
  ["nxl", { "shelf_life@nxl": "[5,6)" }, [2, 3]],
  ["adj", { "shelf_life@adj": "[10,12)" }, [1]],
  ["not", { "id@not": "in.(1,2)" }, [3, 4, 5]],
  ["or", { "@or": { "id@eq": 1, "price@gt": 13 } }, [1, 3, 4]],
  ["or of several words", { "@or": { "title@ilike": "petals things", "id@eq": 4 } }, [1, 2, 4]],
  ["and", { "@and": { "id@gt": 1, "title@like": "o" } }, [3, 5]],
  ["a JSON path", { "extras->>n@eq": "1.10" }, [1]],
  ["several", { "id@gt": 1, in_print: true }, [2, 5]],
];

for (const [name, filter, expected] of filters) {
  test(`filter: ${name}`, async () => {
    const found = await provider.getList("books", { ...upwards, filter });
    assert.deepEqual([ids(found), found.total], [expected, expected.length]);
  });
}

test("filters that search texts", async () => {
  for (const [filter, expected] of [
    [{ "found@fts": "fight" }, [1, 2]],
    [{ "found@plfts(english)": "great novel" }, [1]],
    [{ "found@phfts": "great novel" }, [1]],
    [{ "found@wfts": "fight -boring" }, [1]],
  ]) {
    assert.deepEqual(ids(await provider.getList("reviews", { ...upwards, filter })), expected);
  }
});

test("getList: order, pages and the total", async () => {
  const second = { pagination: { page: 2, perPage: 2 }, sort: { field: "title", order: "DESC" }, filter: {} };
  const found = await provider.getList("books", second);
  assert.deepEqual([ids(found), found.total], [[3, 4], 5]);
});

test("getList: the place of nulls", async () => {
  const dearest = { ...upwards, sort: { field: "price", order: "DESC" } };
  const last = postgrest.default({ ...config, sortOrder: "asc,desc.nullslast" });
  assert.equal(ids(await provider.getList("books", dearest))[0], 5);
  assert.equal(ids(await last.getList("books", dearest))[0], 4);
  assert.equal(ids(await provider.getList("books", { ...dearest, meta: { nullslast: true } }))[0], 4);
  const cheapest = { ...dearest, sort: { field: "price", order: "ASC" }, meta: { nullsfirst: true } };
  assert.equal(ids(await provider.getList("books", cheapest))[0], 5);
});

test("getOne and getMany, with a key of one column, of another name and of several", async () => {
  assert.equal((await provider.getOne("books", { id: 2 })).data.title, "Things Fall Apart");
  assert.deepEqual((await provider.getOne("covers", { id: 2 })).data, { book_id: 2, colour: "green", id: 2 });
  const { data } = await provider.getOne("shelf_places", { id: "[2,5]" });
  assert.deepEqual([data.aisle, data.number, data.id], [2, 5, "[2,5]"]);
  assert.deepEqual(ids(await provider.getMany("books", { ids: [1, 3] })).sort(), [1, 3]);
  assert.deepEqual(ids(await provider.getMany("covers", { ids: [1, 2] })).sort(), [1, 2]);
  assert.deepEqual(ids(await provider.getMany("shelf_places", { ids: ["[1,2]", "[2,1]"] })), ["[1,2]", "[2,1]"]);
});

test("getMany gives all that it names, not a page of them", async () => {
  const wanted = Array.from({ length: 25 }, (_, n) => n + 1);
  assert.equal((await provider.getMany("receipts", { ids: wanted })).data.length, 25);
  const places = wanted.map((number) => `[3,${number}]`);
  assert.equal((await provider.getMany("shelf_places", { ids: places })).data.length, 25);
});

test("getManyReference", async () => {
  const { data, total } = await provider.getManyReference("books", {
    target: "author_id",
    id: 3,
    pagination: { page: 2, perPage: 1 },
    sort: { field: "title", order: "ASC" },
    filter: { "id@gt": 1 },
    meta: { columns: ["id", "title"] },
  });
  assert.deepEqual([data, total], [[{ id: 3, title: "Half of a Yellow Sun" }], 2]);
});

test("columns, embed and prefetch", async () => {
  const asked = { ...upwards, filter: { id: 1 } };
  const columns = ["id::text", "called:title", "n:extras->>n"];
  const { data } = await provider.getList("books", { ...asked, meta: { columns } });
  assert.deepEqual(data, [{ id: "1", called: "Petals of Blood", n: "1.10" }]);

  const one = await provider.getOne("books", { id: 1, meta: { columns: "id", embed: ["covers", "genres"] } });
  assert.deepEqual(one.data, { id: 1, covers: { book_id: 1, colour: "red" }, genres: [{ id: 1, name: "novel" }] });

  const fetched = await provider.getList("books", { ...asked, meta: { columns: "id", prefetch: ["genres"] } });
  assert.deepEqual([fetched.data, fetched.meta.prefetched], [[{ id: 1 }], { genres: [{ id: 1, name: "novel" }] }]);

  const embed = ["author:authors!books_author!inner"];
  const of = { ...upwards, filter: { author: { "name@eq": "Adichie" } }, meta: { columns: "id", embed } };
  const written = await provider.getList("books", of);
  assert.deepEqual(written.data.map((row) => [row.id, row.author.name]), [[3, "Adichie"], [4, "Adichie"]]);

  await assert.rejects(provider.getList("books", { ...asked, meta: { embed: ["authors"] } }), (error) => {
    assert.deepEqual([error.status, error.body.code], [300, "PGRST201"]);
    return error.body.hint.includes("authors!books_author");
  });
});

test("functions: rows by getList, changes by create", async () => {
  const filter = { "author@": "Achebe", "id@gt": 2 };
  const found = await provider.getList("rpc/books_of", { ...upwards, filter });
  assert.deepEqual([ids(found), found.total], [[5], 1]);
  const { data } = await provider.create("rpc/ring", { data: { times: 1 } });
  assert.ok(Date.parse(data.rung_at));
  await assert.rejects(provider.create("rpc/ring", { data: { times: "x" } }), { status: 400 });
});

test("a schema of the configuration or of a request, and a token", async () => {
  const httpClient = (url, options) => {
    options.headers.set("Authorization", `Bearer ${process.env.SHOP_TOKEN}`);
    return fetchJson(url, options);
  };
  const keeper = postgrest.default({ ...config, httpClient, schema: () => "shop" });
  assert.equal((await keeper.getOne("money_box", { id: 1 })).data.content, "secret");
  assert.deepEqual((await keeper.getOne("books", { id: 2, meta: { schema: "cellar" } })).data, { id: 2, vintage: 1990 });
});

test("errors say what is wrong", async () => {
  for (const [asking, status, code] of [
    [() => provider.getList("books", { ...upwards, filter: { titel: "x" } }), 400, "PGRST204"],
    [() => provider.getList("boks", upwards), 404, "PGRST205"],
    [() => provider.getOne("books", { id: 99 }), 406, "PGRST116"],
    [() => provider.getList("books", { ...upwards, pagination: { page: 9, perPage: 5 } }), 416, "PGRST103"],
    [() => provider.getList("money_box", upwards), 401, "42501"],
  ]) {
    await assert.rejects(asking, (error) => {
      assert.deepEqual([error.status, error.body.code, error.message], [status, code, error.body.message]);
      return true;
    });
  }
});

test("what writes a relation is refused and says so", async () => {
  const changed = { data: { title: "x" }, previousData: { title: "y" } };
  for (const writing of [
    () => provider.create("books", { data: { title: "x" } }),
    () => provider.update("books", { id: 1, ...changed }),
    () => provider.updateMany("books", { ids: [1, 2], ...changed }),
    () => provider.delete("books", { id: 1 }),
    () => provider.deleteMany("books", { ids: [1, 2] }),
  ]) {
    await assert.rejects(writing, { status: 405, message: "'books' can only be read here" });
  }
});
