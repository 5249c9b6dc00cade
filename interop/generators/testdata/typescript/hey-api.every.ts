import { client } from "../every/hey-api/client.gen";
import * as api from "../every/hey-api/sdk.gen";
import * as v from "./values";

client.setConfig({ baseUrl: v.base });

const posted = await api.postOrder({ body: v.order });
v.within("order", posted.data, v.receipt);
const { id: _, ...query } = v.asked;
const got = await api.getOrdersById({ path: { id: 7 }, query });
v.within("order by GET", got.data, v.receipt);
const kinds = await api.postKinds({ body: v.kinds });
v.within("kinds", kinds.data, v.kinds);
const photos = await api.postPhotos({ body: { title: "a day", cover: v.cover, others: v.others } });
v.within("photos", photos.data, { title: "a day", bytes: 10, files: 3 });

const oldest = await api.postLogin({ body: { apiVersion: "1", account: "me" } });
v.same("version 1", oldest.data?.version, 1);
const newest = await api.getLogin({ query: { userID: "me" } });
v.same("the newest version", newest.data?.version, 2.5);

const session = await api.createSession({ body: { name: "me" } });
v.same("created", session.response?.status, 201);
v.same("token", session.data?.token, "of me");
const gone = await api.deleteSessions({ auth: "open sesame" });
v.same("destroyed", gone.response?.status, 204);
const stranger = await api.deleteSessions();
v.refused("without a token", stranger.response?.status, stranger.error, 401, "who are you?");
const wrong = await api.postOrder({ body: { ...v.order, id: 0 } });
v.refused("an order without an id", wrong.response?.status, wrong.error, 422, "id must be");
