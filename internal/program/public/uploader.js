// The uploader page: sends the form with a progress bar and shows what arrived.
import { answerView, duration, el, failure, linkDocs, size } from "./common.js";

const form = document.getElementById("upload"), answer = document.getElementById("answer");
const submit = form.querySelector("button[type=submit]"), cancel = document.getElementById("cancel");
const sending = document.getElementById("sending"), progress = document.getElementById("progress"), sent = document.getElementById("sent");

fetch("/api/actions").then((r) => r.json()).then((answer) => linkDocs(answer.docs)).catch(() => { /* the page does without */ });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const x = new XMLHttpRequest();
  const began = performance.now();
  const busy = (is) => {
    if (!is && document.activeElement === cancel) { submit.disabled = false; submit.focus(); }
    submit.disabled = is;
    cancel.hidden = !is;
    sending.hidden = !is;
  };
  const end = (view) => { busy(false); answer.replaceChildren(view); };

  x.upload.addEventListener("progress", (e) => {
    if (!e.lengthComputable) return;
    progress.value = e.loaded / e.total;
    sent.textContent = `${size(e.loaded)} of ${size(e.total)}`;
  });
  x.upload.addEventListener("load", () => { sent.textContent = "All sent, waiting for the answer …"; });
  x.addEventListener("load", () => end(arrived(x, performance.now() - began)));
  x.addEventListener("error", () => end(failure("No answer", "the connection broke before there was one. The server ends it where an upload is larger than it takes, or it is not running.")));
  x.addEventListener("abort", () => end(el("p", { class: "hint", role: "status" }, `Cancelled after ${duration(performance.now() - began)}.`)));
  cancel.onclick = () => x.abort();

  progress.value = 0;
  sent.textContent = "";
  answer.replaceChildren();
  busy(true);
  x.open(form.method, form.action);
  x.send(dataOf(form));
});

// dataOf leaves out file inputs in which no file was chosen.
function dataOf(form) {
  const data = new FormData();
  for (const [k, v] of new FormData(form)) if (typeof v === "string" || v.name !== "") data.append(k, v);
  return data;
}

function arrived(x, ms) {
  const headers = x.getAllResponseHeaders().trim().split(/\r?\n/).filter(Boolean).map((l) => [l.slice(0, l.indexOf(":")).toLowerCase(), l.slice(l.indexOf(":") + 1).trim()]);
  const view = el("div");
  let answer = null;
  try { answer = JSON.parse(x.responseText); } catch { /* shown as it is below */ }
  if (x.status < 300 && answer) {
    view.append(el("h2", {}, "What arrived"));
    for (const name of ["file1", "file2", "key1", "key2"]) if (answer[name]) view.append(el("div", { class: "card pad" }, el("h3", {}, el("code", {}, name)), facts(answer[name])));
  }
  view.append(el("div", { class: "card pad" }, answerView({ status: x.status, statusText: x.statusText, headers, text: x.responseText, bytes: new Blob([x.responseText]).size, ms })));
  return view;
}

function facts(v) {
  if (typeof v !== "object") return el("pre", {}, String(v));
  const list = el("dl");
  for (const [k, m] of Object.entries(v)) list.append(el("dt", {}, k), el("dd", {}, k === "size" && typeof m === "number" ? `${m.toLocaleString("en")} bytes` : typeof m === "string" ? m : JSON.stringify(m)));
  return list;
}
