import createClient from "openapi-fetch";
import type { paths } from "../every/openapi-typescript/api";
import * as v from "./values";

const client = createClient<paths>({ baseUrl: v.base });

const posted = await client.POST("/order", { body: v.order });
v.within("order", posted.data, v.receipt);
const { id: _, ...query } = v.asked;
const got = await client.GET("/orders/{id}", { params: { path: { id: 7 }, query } });
v.within("order by GET", got.data, v.receipt);
const kinds = await client.POST("/kinds", { body: v.kinds });
v.within("kinds", kinds.data, v.kinds);

const form = new FormData();
form.append("title", "a day");
form.append("cover", v.cover);
v.others.forEach((file) => form.append("others", file));
const photos = await client.POST("/photos", { body: { title: "a day", cover: "" }, bodySerializer: () => form });
v.within("photos", photos.data, { title: "a day", bytes: 10, files: 3 });

const oldest = await client.POST("/login", { body: { apiVersion: "1", account: "me" } });
v.same("version 1", oldest.data?.version, 1);
const newest = await client.GET("/login", { params: { query: { userID: "me" } } });
v.same("the newest version", newest.data?.version, 2.5);

const session = await client.POST("/sessions", { body: { name: "me" } });
v.same("created", session.response.status, 201);
v.same("token", session.data?.token, "of me");
const gone = await client.DELETE("/sessions", { headers: { Authorization: "Bearer open sesame" } });
v.same("destroyed", gone.response.status, 204);
const stranger = await client.DELETE("/sessions");
v.refused("without a token", stranger.response.status, stranger.error, 401, "who are you?");
const wrong = await client.POST("/order", { body: { ...v.order, id: 0 } });
v.refused("an order without an id", wrong.response.status, wrong.error, 422, "id must be");
