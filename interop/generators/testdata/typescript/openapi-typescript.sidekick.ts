import createClient from "openapi-fetch";
import type { paths } from "../sidekick/openapi-typescript/api";
import * as v from "./values";

const client = createClient<paths>({ baseUrl: v.base });
const number = await client.GET("/randomNumber");
v.same("a number", typeof number.data?.randomNumber, "number");
const cached = await client.POST("/cacheTest", { body: { key: "a key", value: "a value" } });
v.same("the cache", cached.response.status, 200);
const wrong = await client.GET("/cacheTest", { params: { query: { key: "k", value: "a value" } } });
v.refused("a short key", wrong.response.status, wrong.error, 422, "inputs should be");
