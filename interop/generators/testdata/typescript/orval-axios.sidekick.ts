import { AxiosError, default as axios } from "axios";
import { getSidekickAPI } from "../sidekick/orval-axios/api";
import * as v from "./values";

axios.defaults.baseURL = v.base;
const api = getSidekickAPI();
const number = await api.getRandomNumber();
v.same("a number", typeof number.data.randomNumber, "number");
const cached = await api.postCacheTest({ key: "a key", value: "a value" });
v.same("the cache", cached.status, 200);
const wrong = await api.getCacheTest({ key: "k", value: "a value" }).then(() => undefined, (e: unknown) => e as AxiosError);
v.refused("a short key", wrong?.response?.status, wrong?.response?.data, 422, "inputs should be");
