import { Api, type HttpResponse, Level } from "../every/swagger-typescript-api/Api";
import * as v from "./values";

const api = new Api<string>({ baseUrl: v.base, securityWorker: (token) => (token ? { headers: { Authorization: `Bearer ${token}` } } : {}) });

const posted = await api.order.postOrder(v.order);
v.within("order", posted.data, v.receipt);
const { id: _, ...query } = v.asked;
// It writes objects in queries as [object Object], and of several files only the
// names of their class.
const got = await api.orders.getOrdersById(7, { ...query, address: undefined });
v.within("order by GET", got.data, { ...v.receipt, to: undefined });
// It takes base64 in JSON for a Blob.
const data = v.kinds.data as unknown as Blob;
const kinds = await api.kinds.postKinds({ ...v.kinds, level: Level.High, data });
v.within("kinds", kinds.data, v.kinds);
const photos = await api.photos.postPhotos({ title: "a day", cover: v.cover });
v.within("photos", photos.data, { title: "a day", bytes: 5, files: 1 });

const oldest = await api.login.postLogin({ apiVersion: "1", account: "me" });
v.same("version 1", oldest.data.version, 1);
const newest = await api.login.getLogin({ userID: "me" });
v.same("the newest version", newest.data.version, 2.5);

const session = await api.sessions.createSession({ name: "me" });
v.same("created", session.status, 201);
v.same("token", session.data.token, "of me");
const failed = (e: unknown) => e as HttpResponse<unknown, unknown>;
const stranger = await api.sessions.deleteSessions().then(() => undefined, failed);
v.same("without a token", stranger?.status, 401); // it reads no error where there is no result
api.setSecurityData("open sesame");
const gone = await api.sessions.deleteSessions();
v.same("destroyed", gone.status, 204);
const wrong = await api.order.postOrder({ ...v.order, id: 0 }).then(() => undefined, failed);
v.refused("an order without an id", wrong?.status, wrong?.error, 422, "id must be");
