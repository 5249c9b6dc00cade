import { AxiosError, default as axios } from "axios";
import { getEveryKind } from "../every/orval-axios/api";
import * as v from "./values";

axios.defaults.baseURL = v.base;
const api = getEveryKind();

const posted = await api.postOrder(v.order);
v.within("order", posted.data, v.receipt);
const { id: _, ...query } = v.asked;
const got = await api.getOrdersById(7, query);
v.within("order by GET", got.data, v.receipt);
const kinds = await api.postKinds(v.kinds);
v.within("kinds", kinds.data, v.kinds);
const photos = await api.postPhotos({ title: "a day", cover: v.cover, others: v.others });
v.within("photos", photos.data, { title: "a day", bytes: 10, files: 3 });

const oldest = await api.postLogin({ apiVersion: "1", account: "me" });
v.same("version 1", oldest.data.version, 1);
const newest = await api.getLogin({ userID: "me" });
v.same("the newest version", newest.data.version, 2.5);

const session = await api.createSession({ name: "me" });
v.same("created", session.status, 201);
v.same("token", session.data.token, "of me");
const gone = await api.deleteSessions({ headers: { Authorization: "Bearer open sesame" } });
v.same("destroyed", gone.status, 204);
const failed = (e: unknown): AxiosError => e as AxiosError;
const stranger = await api.deleteSessions().then(() => undefined, failed);
v.refused("without a token", stranger?.response?.status, stranger?.response?.data, 401, "who are you?");
const wrong = await api.postOrder({ ...v.order, id: 0 }).then(() => undefined, failed);
v.refused("an order without an id", wrong?.response?.status, wrong?.response?.data, 422, "id must be");
