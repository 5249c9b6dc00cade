// What both pages use: building elements, and showing an answer.

// el makes an element. Everything a server sends ends up in text, never in HTML.
export function el(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) {
    if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else if (v === true) e.setAttribute(k, "");
    else if (v !== false && v != null) e.setAttribute(k, v);
  }
  e.append(...children.filter((c) => c != null));
  return e;
}

// linkDocs shows the link to the page of the OpenAPI document, where the server
// says that it has one.
export function linkDocs(path) {
  const link = document.getElementById("docs");
  if (typeof path === "string") link.href = path;
  link.hidden = typeof path !== "string";
}

export const size = (n) => (n < 1000 ? `${n} B` : n < 1e6 ? `${(n / 1e3).toFixed(1)} kB` : n < 1e9 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1e9).toFixed(2)} GB`);

export const duration = (ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

// pretty indents JSON without reading its numbers, so that every digit that was
// sent is shown. It returns null for what is no JSON.
export function pretty(text) {
  try { JSON.parse(text); } catch { return null; }
  let out = "", depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[^\s]/g)) {
    if (token === "{" || token === "[") { depth++; out += token + line(); }
    else if (token === "}" || token === "]") { depth--; out += line() + token; }
    else if (token === ",") out += token + line();
    else if (token === ":") out += ": ";
    else out += token.length > 1 && token[0] !== '"' ? token[0] + token.at(-1) : token;
  }
  return out;
}

const NOTED = ["content-type", "content-length", "content-encoding", "location", "allow", "retry-after", "etag", "last-modified", "cache-control", "vary"];
const MOST = 200_000; // characters of an answer that are shown

// answerView shows an answer: {status, statusText, headers: [[name, value]], text, bytes, ms}.
// Its text is null where the body is not text.
export function answerView(a) {
  const kind = a.status < 300 ? "good" : a.status < 500 ? "warn" : "bad";
  const json = a.text === null ? null : pretty(a.text);
  const envelope = json === null ? null : JSON.parse(a.text);
  const error = envelope?.error;
  const noted = a.headers.filter(([k]) => NOTED.includes(k)).sort((x, y) => NOTED.indexOf(x[0]) - NOTED.indexOf(y[0]));
  const others = a.headers.filter(([k]) => !NOTED.includes(k));
  const took = envelope?.serverInformation?.requestDuration;
  const view = el("div");
  view.append(el("p", { class: "bar", role: "status" },
    el("span", { class: `status ${kind}` }, `${a.status} ${a.statusText}`.trim()),
    el("span", { class: "hint" }, [duration(a.ms), typeof took === "number" ? `${duration(took)} in the action` : null, size(a.bytes)].filter(Boolean).join(" · "))));
  if (error) view.append(failure("The server says", typeof error === "string" ? error : JSON.stringify(error)));
  view.append(headerList(noted));
  if (others.length) view.append(el("details", { class: "more" }, el("summary", {}, `${others.length} more headers`), headerList(others)));
  if (a.text === null) view.append(el("p", { class: "hint" }, "The body is not text."));
  else if (a.text === "") view.append(el("p", { class: "hint" }, "No body."));
  else view.append(block("Body", json ?? a.text));
  return view;
}

function headerList(headers) {
  const list = el("dl");
  for (const [k, v] of headers) list.append(el("dt", {}, k), el("dd", {}, v));
  return list;
}

// block is text that scrolls and can be copied whole.
export function block(name, text, className = "") {
  const pre = el("pre", { class: className, tabindex: 0, role: "region", "aria-label": name });
  const shown = () => {
    pre.textContent = text.length > MOST ? text.slice(0, MOST) : text;
    note.textContent = text.length > MOST ? `The first ${MOST.toLocaleString("en")} of ${text.length.toLocaleString("en")} characters.` : "";
    note.hidden = !note.textContent;
  };
  const note = el("p", { class: "hint" });
  const copy = el("button", { type: "button", class: "quiet small", "aria-label": `Copy: ${name}`, onclick: async () => {
    try { await navigator.clipboard.writeText(text); copy.textContent = "Copied"; } catch { copy.textContent = "Cannot copy"; }
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  } }, "Copy");
  const view = el("div", {}, el("div", { class: "bar" }, el("span", { class: "label" }, name), copy), note, pre);
  view.setText = (t) => { text = t; shown(); };
  shown();
  return view;
}

// failure is an error in words.
export const failure = (what, text) => el("div", { class: "note bad", role: "alert" }, el("p", {}, el("strong", {}, `${what}: `), text));

// readable says whether a body of this media type is text.
export const readable = (type) => !type || /^text\/|json|javascript|xml|urlencoded/.test(type);
