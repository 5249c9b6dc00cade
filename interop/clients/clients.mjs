// Sends the same values by the clients that people use, and prints what the
// server says it received: one JSON object, by the client and the way.
import axios from "axios";
import { request } from "node:http";
import { readFile } from "node:fs/promises";

const [origin, a, b] = process.argv.slice(2);
const url = origin + "/api/form";
const file = async (path) => new File([await readFile(path)], path.split("/").pop(), { type: "text/plain" });
const [fileA, fileB] = [await file(a), await file(b)];

// What is sent. The clients write it in their own ways.
const values = {
  name: "Jörg & Söhne", tags: ["a", "b c"], ids: [1, 2, 3], qty: { 7: 1, x: 2 },
  lines: [{ sku: "s1", n: 1 }, { sku: "s2", n: 2 }], user: { name: "u" }, on: true,
  wait: "1m30s", due: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)), data: "aGk=", addr: "10.0.0.1", big: "123456789012345678901234567890", price: "1.50", color: "red",
};
const withFiles = { ...values, user: { name: "u", avatar: fileA }, image: fileA, pics: [fileA, fileB], file: fileB };

// In node axios brings a FormData of its own, which takes no File; browsers have
// the one that is meant here.
const native = { env: { FormData, Blob } };
axios.defaults.transformResponse = [(text) => text]; // so that no number is rounded on its way back
const out = {};
const call = async (name, send) => {
  try {
    out[name] = await send();
  } catch (err) {
    out[name] = JSON.stringify({ failed: String(err), answer: err.response?.data });
  }
};

await call("axios, JSON", async () => (await axios.post(url, values)).data);
await call("axios, form serializer", async () => (await axios.postForm(url, withFiles, native)).data);
await call("axios, form serializer with indexes", async () => (await axios.postForm(url, withFiles, { ...native, formSerializer: { indexes: true } })).data);
await call("axios, form serializer without brackets", async () => (await axios.postForm(url, { ...withFiles, lines: undefined }, { ...native, formSerializer: { indexes: null } })).data);
await call("axios, urlencoded", async () => (await axios.post(url, values, { headers: { "content-type": "application/x-www-form-urlencoded" } })).data);
await call("axios, query", async () => (await axios.get(url, { params: values })).data);
await call("axios, query with indexes", async () => (await axios.get(url, { params: values, paramsSerializer: { indexes: true } })).data);

// FormData and URLSearchParams by hand, as the field writes them.
const fill = (form, files) => {
  for (const [k, v] of Object.entries(values)) {
    if (k === "lines") form.append(k, JSON.stringify(v));
    else if (Array.isArray(v)) for (const one of v) form.append(k, one);
    else if (v instanceof Date) form.append(k, v.toISOString());
    else if (typeof v === "object") for (const [m, one] of Object.entries(v)) form.append(`${k}[${m}]`, one);
    else form.append(k, v);
  }
  if (files) {
    form.append("user[avatar]", fileA);
    form.append("image", fileA);
    form.append("pics", fileA);
    form.append("pics", fileB);
    form.append("file", fileB);
  }
  return form;
};
await call("fetch, FormData", async () => (await fetch(url, { method: "POST", body: fill(new FormData(), true) })).text());
await call("fetch, URLSearchParams", async () => (await fetch(url, { method: "POST", body: fill(new URLSearchParams()) })).text());
await call("fetch, query", async () => (await fetch(url + "?" + fill(new URLSearchParams()))).text());
await call("fetch, JSON", async () => (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(values) })).text());
await call("fetch, parts as JSON", async () => {
  const form = new FormData();
  for (const [k, v] of Object.entries(values)) form.append(k, typeof v === "string" ? v : new Blob([JSON.stringify(v)], { type: "application/json" }));
  return (await fetch(url, { method: "POST", body: form })).text();
});

console.log(JSON.stringify(out));
