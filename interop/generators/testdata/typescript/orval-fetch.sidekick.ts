import * as api from "../sidekick/orval-fetch/api";
import * as v from "./values";

const number = await api.getRandomNumber();
v.same("a number", typeof (number.data as { randomNumber?: unknown }).randomNumber, "number");
const cached = await api.postCacheTest({ key: "a key", value: "a value" });
v.same("the cache", cached.status, 200);
const wrong = await api.getCacheTest({ key: "k", value: "a value" });
v.refused("a short key", wrong.status, wrong.data, 422, "inputs should be");
