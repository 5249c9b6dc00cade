// Starts Swagger UI on the document that the page names.
"use strict";

// Swagger UI takes no value for a required parameter whose schema lists several
// types. What is typed into a field is text, so such a parameter is shown as text.
function simplified(text) {
  let document;
  try {
    document = JSON.parse(text);
  } catch (e) {
    return text; // YAML, or broken: Swagger UI says so itself
  }
  const lists = [Object.values(document?.components?.parameters ?? {})];
  for (const path of Object.values(document?.paths ?? {})) {
    for (const operation of [path, ...Object.values(path ?? {})]) lists.push(operation?.parameters);
  }
  for (const parameter of lists.filter(Array.isArray).flat()) {
    const types = parameter?.schema?.type;
    if (Array.isArray(types)) parameter.schema.type = types.includes("string") ? "string" : types[0];
  }
  return JSON.stringify(document);
}

// Swagger UI is dark below this class: as the system is, and when it changes.
const dark = matchMedia("(prefers-color-scheme: dark)");
const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", shade);
shade();

// The path of an operation is a link within a button, which no reader of screens
// can tell; the button opens the same.
const plainPath = () => ({
  wrapComponents: {
    DeepLink: (_, system) => ({ text }) => system.React.createElement("span", { className: "nostyle" }, text),
  },
});

const page = document.getElementById("page");

// What Swagger UI leaves out for readers of screens and people without a mouse is
// added here, whenever it comes: names of fields, one landmark, headings without a
// gap, and text that can be moved by keys.
const names = {
  "#servers": "Server",
  ".servers table select": "Value of the variable",
  "textarea.body-param__text": "Body of the request",
};
function complete() {
  const each = (selector, f) => page.querySelectorAll(selector).forEach(f);
  for (const [selector, text] of Object.entries(names)) each(selector + ":not([aria-label])", (e) => e.setAttribute("aria-label", text));
  for (const level of [3, 4, 5, 6]) each(`h${level}:not([aria-level])`, (e) => e.setAttribute("aria-level", level - 1));
  each("pre:not([tabindex])", (e) => e.setAttribute("tabindex", "0"));
  each(".information-container:not([role])", (e) => region(e, "About"));
  each(".scheme-container:not([role])", (e) => region(e, "Server and authorization"));
  each(".filter:not([role])", (e) => e.setAttribute("role", "search"));
}
function region(e, name) {
  e.setAttribute("role", "region");
  e.setAttribute("aria-label", name);
}
new MutationObserver(complete).observe(page, { childList: true, subtree: true });

SwaggerUIBundle({
  domNode: page,
  url: page.dataset.specUrl,
  validatorUrl: "none", // the document is sent to nobody
  plugins: [plainPath, () => ({ statePlugins: { spec: { wrapActions: { updateSpec: (update) => (text) => update(simplified(text)) } } } })],
  deepLinking: true,
  defaultModelsExpandDepth: 0, // the schemas are closed at first
  displayRequestDuration: true,
  filter: true,
  syntaxHighlight: { theme: "obsidian" }, // the one whose numbers can be read
});
