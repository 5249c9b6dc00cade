import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const baseUrl = process.argv[2] ?? "http://localhost:8080/api";
const client = createClient<paths>({ baseUrl });

const order = await client.POST("/order", {
  body: { id: 7, price: 2.5, count: 3, tags: ["red"], address: { street: "Main Street" } },
});
if (order.error) {
  throw new Error(String(order.error.error));
}
const total: number = order.data.total;

function want(ok: boolean, what: string): void {
  if (!ok) {
    throw new Error(what);
  }
}

// A typed action: its inputs and its result have their types.
want(total === 7.5, `the total is ${total}`);
want(order.data.to?.street === "Main Street", "the address is missing");
want((order.data.serverInformation?.requestDuration ?? -1) >= 0, "the metadata is missing");

// The same by GET: lists and objects go into the query.
const byGet = await client.GET("/orders/{id}", {
  params: { path: { id: 12 }, query: { tags: ["red", "blue"], address: { street: "Main Street" } } },
});
want(byGet.data?.id === 12 && byGet.data.tags?.length === 2, `by GET: ${JSON.stringify(byGet.data ?? byGet.error)}`);
want(byGet.data?.to?.street === "Main Street", `the object in the query: ${JSON.stringify(byGet.data)}`);

// A refused request: the error has its type, too.
// @ts-expect-error id is required
const refused = await client.POST("/order", { body: { kind: "gift" } });
want(refused.response.status === 422, `the status is ${refused.response.status}`);
want(refused.error?.error === "id is a required parameter for this action", `the error is ${refused.error?.error}`);

// Versions.
const oldest = await client.POST("/login", { body: { apiVersion: "1", account: "me" } });
want(oldest.data?.version === 1, "version 1 did not answer");
const newest = await client.GET("/login", { params: { query: { userID: "me" } } });
want(newest.data?.version === 2.5, "the newest did not answer");
const fixed = await client.POST("/old/login", { body: { account: "me" } });
want(fixed.data?.version === 1, "the route of version 1 did not answer");

// An upload.
const form = new FormData();
form.append("title", "a day");
form.append("cover", new Blob(["12345"]), "cover.png");
form.append("others", new Blob(["123"]), "a.png");
form.append("others", new Blob(["12"]), "b.png");
const stored = await client.POST("/photos", {
  body: { title: "a day", cover: "", others: [] },
  bodySerializer: () => form,
});
want(stored.data?.files === 3 && stored.data.bytes === 10, `stored: ${JSON.stringify(stored.data ?? stored.error)}`);

// A list is no object, and has no metadata.
const numbers = await client.GET("/numbers", { params: { query: { to: 3 } } });
want(numbers.data?.join() === "1,2,3", `numbers: ${JSON.stringify(numbers.data)}`);

// An action that answers by itself.
const stream = await client.GET("/stream", { parseAs: "text" });
want(stream.data === "one two", `stream: ${stream.data}`);

console.log("all answered");
