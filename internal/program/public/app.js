// The start page: asks the server for its actions and makes a form for each.
import { answerView, block, duration, el, failure, linkDocs, readable } from "./common.js";

const API = "/api/";
const WAYS = [
  { key: "GET", label: "GET", method: "GET" },
  { key: "json", label: "POST, JSON", method: "POST" },
  { key: "form", label: "POST, urlencoded", method: "POST" },
  { key: "multipart", label: "POST, multipart", method: "POST" },
];
const list = document.getElementById("actions");
let forms = 0; // numbers the forms, for the ids in them

load();

async function load() {
  list.replaceChildren(el("p", { class: "hint", role: "status" }, "Asking for the actions …"));
  const began = performance.now();
  let answer;
  try {
    const r = await fetch(API + "actions", { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000) });
    const text = await r.text();
    try { answer = JSON.parse(text); } catch { throw new Error(`it answered ${r.status}, and that is no JSON: ${text.slice(0, 200)}`); }
    if (!r.ok || answer?.error) throw new Error(`it answered ${r.status}: ${say(answer?.error ?? "no reason given")}`);
    if (!Array.isArray(answer?.actions)) throw new Error("its answer has no list of actions");
  } catch (e) {
    const note = failure("The server did not say what it can do", e.name === "TimeoutError" ? "no answer in 15 s" : e.message);
    note.append(el("button", { type: "button", onclick: load }, "Ask again"));
    list.replaceChildren(note);
    return;
  }
  linkDocs(answer.docs);
  const s = answer.serverInformation;
  if (s) document.getElementById("server").textContent = `${[s.serverName, s.apiVersion].filter(Boolean).join(" ")} answered in ${duration(performance.now() - began)}.`;
  show(answer.actions);
}

const say = (v) => (typeof v === "string" ? v : JSON.stringify(v));

function show(actions) {
  if (!actions.length) {
    list.replaceChildren(el("p", { class: "note" }, "This server has no actions yet."));
    return;
  }
  const versions = new Map();
  for (const a of actions) versions.set(a.name, (versions.get(a.name) ?? 0) + 1);
  const cards = actions.map((a) => card(a, versions.get(a.name) > 1));
  list.replaceChildren(...cards.map((c) => c.view));
  filterBy(cards);
  const wanted = decodeURIComponent(location.hash.slice(1));
  const at = cards.find((c) => c.view.id === wanted);
  if (at) { at.view.open = true; at.view.scrollIntoView(); }
}

function filterBy(cards) {
  const input = document.getElementById("filter"), found = document.getElementById("found");
  document.getElementById("find").hidden = cards.length < 6;
  input.oninput = () => {
    const q = input.value.trim().toLowerCase();
    let n = 0;
    for (const c of cards) if (!(c.view.hidden = !c.words.includes(q))) n++;
    found.textContent = q ? `${n} of ${cards.length}` : "";
  };
  input.oninput();
}

// card is one action, closed; its form is made when it is first opened.
function card(action, isOneOfMore) {
  const about = action.description ?? "";
  const view = el("details", { class: "card", id: `${action.name}@${action.version ?? 1}` },
    el("summary", {},
      el("h2", {}, action.name, isOneOfMore ? el("span", { class: "badge" }, `version ${action.version}`) : null),
      el("span", { class: "about" }, about)));
  view.addEventListener("toggle", () => {
    if (!view.open) return;
    history.replaceState(null, "", `#${encodeURIComponent(view.id)}`);
    if (view.children.length === 1) view.append(form(action, isOneOfMore));
  });
  return { view, words: `${action.name} ${about}`.toLowerCase() };
}

const isFile = (input) => input.file === true || input.type === "file";

function waysOf(action) {
  const methods = (action.methods?.length ? action.methods : ["GET", "POST"]).map((m) => m.toUpperCase());
  const ways = WAYS.filter((w) => methods.includes(w.method));
  for (const m of methods) {
    if (m === "DELETE") ways.push({ key: "GET", label: m, method: m });
    if (m === "PUT" || m === "PATCH") ways.push({ key: "json", label: `${m}, JSON`, method: m });
  }
  return ways.length ? ways : WAYS;
}

function form(action, isOneOfMore) {
  const inputs = action.inputs ?? [], ways = waysOf(action);
  const prefix = `form${++forms}-`;
  const way = el("select", { id: `${prefix}way` }, ...ways.map((w, i) => el("option", { value: i }, w.label)));
  const fields = inputs.map((input, i) => field(input, prefix + i));
  if (inputs.some(isFile)) way.value = Math.max(0, ways.findIndex((w) => w.key === "multipart"));
  const jsonHint = el("p", { class: "hint" }, "What is JSON by itself (12, true, [1]) is sent as it is, everything else as a string.");
  const curl = block("The same from a terminal", "", "line");
  const send = el("button", { type: "submit" }, "Send");
  const cancel = el("button", { type: "button", class: "quiet", hidden: true }, "Cancel");
  const answer = el("div");

  const read = () => {
    const w = ways[way.value];
    const values = [];
    for (const f of fields) {
      if (f.file) { if (w.key === "multipart" && f.control.files.length) values.push([f.name, f.control.files[0]]); }
      else if (f.control.value !== "") values.push([f.name, f.control.value]);
    }
    return build(w, location.origin + API + encodeURIComponent(action.name), values, isOneOfMore ? action.version : null);
  };
  const changed = () => {
    const { key } = ways[way.value];
    jsonHint.hidden = key !== "json" || !fields.length;
    for (const f of fields) if (f.file) f.control.disabled = key !== "multipart";
    curl.setText(read().curl);
  };
  const submit = async (event) => {
    event.preventDefault();
    const stop = new AbortController();
    cancel.onclick = () => stop.abort();
    send.disabled = true;
    cancel.hidden = false;
    answer.replaceChildren(el("p", { class: "hint", role: "status" }, "Waiting for the answer …"));
    const view = await ask(read(), stop.signal);
    if (document.activeElement === cancel) { send.disabled = false; send.focus(); }
    send.disabled = false;
    cancel.hidden = true;
    answer.replaceChildren(view);
  };

  const asked = el("form", { onsubmit: submit, oninput: changed, onchange: changed },
    el("div", { class: "field" }, el("label", { for: way.id }, "Method and encoding"), way, jsonHint),
    ...fields.map((f) => f.view),
    fields.length ? null : el("p", { class: "hint" }, "This action takes no inputs."),
    el("div", { class: "buttons" }, send, cancel));
  const right = el("div", {}, curl, answer);
  if (action.example && Object.keys(action.example).length)
    right.append(el("details", { class: "more" }, el("summary", {}, "Example of what it returns"), block("Example", JSON.stringify(action.example, null, 2))));
  changed();
  return el("div", { class: "try" }, asked, right);
}

function field(input, id) {
  const file = isFile(input);
  const hints = [input.description, input.default === undefined || input.default === null || input.default === "" ? "" : `Default: ${say(input.default)}`, file ? "Files go with POST, multipart." : ""].filter(Boolean);
  const described = hints.length ? `${id}-hint` : null;
  const control = el("input", { id, type: file ? "file" : "text", "aria-describedby": described, autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  const view = el("div", { class: "field" },
    el("label", { for: id }, el("code", {}, input.name), input.required ? el("span", { class: "badge" }, "required") : null),
    described ? el("p", { class: "hint", id: described }, hints.join(" · ")) : null,
    control);
  return { name: input.name, file, control, view };
}

// build makes the request, and the curl line that sends the same.
function build(way, url, values, version) {
  const query = new URLSearchParams(version == null ? [] : [["apiVersion", version]]);
  const r = { method: way.method, headers: {} };
  const line = ["curl"];
  switch (way.key) {
    case "GET":
      for (const [k, v] of values) query.append(k, v);
      if (way.method !== "GET") line.push("-X", way.method);
      break;
    case "json":
      r.headers["Content-Type"] = "application/json";
      r.body = `{${values.map(([k, v]) => `${JSON.stringify(k)}: ${isJSON(v) ? v.trim() : JSON.stringify(v)}`).join(", ")}}`;
      if (way.method !== "POST") line.push("-X", way.method);
      line.push("-H", quote("Content-Type: application/json"), "--data-raw", quote(r.body));
      break;
    case "form":
      r.body = new URLSearchParams(values);
      r.headers["Content-Type"] = "application/x-www-form-urlencoded";
      line.push("--data-raw", quote(String(r.body)));
      break;
    case "multipart":
      r.body = new FormData();
      for (const [k, v] of values) {
        r.body.append(k, v);
        if (typeof v === "string") line.push("--form-string", quote(`${k}=${v}`));
        else line.push("-F", quote(`${k}=@"${v.name.replace(/["\\]/g, "\\$&")}"`));
      }
      if (!values.length) { delete r.body; line.push("-X", "POST"); }
  }
  r.url = url + (query.size ? `?${query}` : "");
  r.curl = [...line, quote(r.url)].join(" ");
  return r;
}

function isJSON(text) {
  try { JSON.parse(text); return true; } catch { return false; }
}

const quote = (s) => `'${s.replaceAll("'", "'\\''")}'`;

async function ask(r, signal) {
  const began = performance.now();
  try {
    const a = await fetch(r.url, { method: r.method, headers: r.headers, body: r.body, signal, cache: "no-store" });
    const body = await a.arrayBuffer();
    const ms = performance.now() - began;
    const text = readable(a.headers.get("content-type")) ? new TextDecoder().decode(body) : null;
    return answerView({ status: a.status, statusText: a.statusText, headers: [...a.headers], text, bytes: body.byteLength, ms });
  } catch (e) {
    if (signal.aborted) return el("p", { class: "hint", role: "status" }, `Cancelled after ${duration(performance.now() - began)}.`);
    return failure("No answer", `${e.message}. Is the server still running?`);
  }
}
