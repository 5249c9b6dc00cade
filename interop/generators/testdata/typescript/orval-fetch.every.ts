import * as api from "../every/orval-fetch/api";
import * as v from "./values";

// It says nothing of the type of a body that may have several:
// https://github.com/orval-labs/orval/issues/2812
const asJSON = { headers: { "Content-Type": "application/json" } };

const posted = await api.postOrder(v.order, asJSON);
v.within("order", posted.data, v.receipt);
const { id: _, ...query } = v.asked;
const got = await api.getOrdersById(7, query);
v.within("order by GET", got.data, v.receipt);
const kinds = await api.postKinds(v.kinds, asJSON);
v.within("kinds", kinds.data, v.kinds);
const photos = await api.postPhotos({ title: "a day", cover: v.cover, others: v.others });
v.within("photos", photos.data, { title: "a day", bytes: 10, files: 3 });

const oldest = await api.postLogin({ apiVersion: "1", account: "me" }, asJSON);
v.within("version 1", oldest.data, { version: 1 });
const newest = await api.getLogin({ userID: "me" });
v.within("the newest version", newest.data, { version: 2.5 });

const session = await api.createSession({ name: "me" });
v.same("created", session.status, 201);
v.within("session", session.data, { token: "of me" });
const gone = await api.deleteSessions({ headers: { Authorization: "Bearer open sesame" } });
v.same("destroyed", gone.status, 204);
const stranger = await api.deleteSessions();
v.refused("without a token", stranger.status, stranger.data, 401, "who are you?");
const wrong = await api.postOrder({ ...v.order, id: 0 }, asJSON);
v.refused("an order without an id", wrong.status, wrong.data, 422, "id must be");
