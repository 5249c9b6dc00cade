import { client } from "../sidekick/hey-api/client.gen";
import * as api from "../sidekick/hey-api/sdk.gen";
import * as v from "./values";

client.setConfig({ baseUrl: v.base });
const number = await api.getRandomNumber();
v.same("a number", typeof number.data?.randomNumber, "number");
const cached = await api.postCacheTest({ body: { key: "a key", value: "a value" } });
v.same("the cache", cached.response?.status, 200);
const wrong = await api.getCacheTest({ query: { key: "k", value: "a value" } });
v.refused("a short key", wrong.response?.status, wrong.error, 422, "inputs should be");
