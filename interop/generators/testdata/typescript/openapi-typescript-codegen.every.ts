import * as api from "../every/openapi-typescript-codegen/index";
import * as v from "./values";

api.OpenAPI.BASE = v.base;

const posted = await api.OrderService.postOrder({ ...v.order, kind: "gift" as api.OrderInput.kind });
v.within("order", posted, v.receipt);
const { kind, count, price, due, tags, lines, address } = v.asked;
const got = await api.OrderService.getOrdersById(7, kind, count, price, undefined, due, undefined, tags, lines, address);
v.within("order by GET", got, v.receipt);
const kinds = await api.KindsService.postKinds({ ...v.kinds, color: "red" as api.KindsInput.color, level: "high" as api.Level });
v.within("kinds", kinds, v.kinds);
const photos = await api.PhotosService.postPhotos({ title: "a day", cover: v.cover, others: v.others });
v.within("photos", photos, { title: "a day", bytes: 10, files: 3 });

const oldest = await api.LoginService.postLogin({ apiVersion: "1" as api.LoginInput.apiVersion, account: "me" });
v.within("version 1", oldest, { version: 1 });
const newest = await api.LoginService.getLogin(undefined, undefined, "me");
v.within("the newest version", newest, { version: 2.5 });

const session = await api.SessionService.createSession({ name: "me" });
v.within("session", session, { token: "of me" });
const stranger = await api.SessionService.deleteSessions().catch((e: unknown) => e as api.ApiError);
v.refused("without a token", (stranger as api.ApiError).status, (stranger as api.ApiError).body, 401, "who are you?");
api.OpenAPI.TOKEN = "open sesame";
await api.SessionService.deleteSessions();
const wrong = await api.OrderService.postOrder({ id: 0 }).catch((e: unknown) => e as api.ApiError);
v.refused("an order without an id", (wrong as api.ApiError).status, (wrong as api.ApiError).body, 422, "id must be");
