import { Api, type HttpResponse } from "../sidekick/swagger-typescript-api/Api";
import * as v from "./values";

const api = new Api({ baseUrl: v.base });
const number = await api.randomNumber.getRandomNumber();
v.same("a number", typeof number.data.randomNumber, "number");
const cached = await api.cacheTest.postCacheTest({ key: "a key", value: "a value" });
v.same("the cache", cached.status, 200);
const wrong = await api.cacheTest.getCacheTest({ key: "k", value: "a value" }).then(() => undefined, (e: unknown) => e as HttpResponse<unknown, unknown>);
v.refused("a short key", wrong?.status, wrong?.error, 422, "inputs should be");
