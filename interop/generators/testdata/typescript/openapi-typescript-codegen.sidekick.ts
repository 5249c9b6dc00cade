import * as api from "../sidekick/openapi-typescript-codegen/index";
import * as v from "./values";

api.OpenAPI.BASE = v.base;
const number = await api.RandomNumberService.getRandomNumber();
v.same("a number", typeof (number as { randomNumber?: unknown }).randomNumber, "number");
await api.CacheTestService.postCacheTest({ key: "a key", value: "a value" });
const wrong = await api.CacheTestService.getCacheTest("k", "a value").catch((e: unknown) => e as api.ApiError);
v.refused("a short key", (wrong as api.ApiError).status, (wrong as api.ApiError).body, 422, "inputs should be");
