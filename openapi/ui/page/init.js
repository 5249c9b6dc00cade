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

const page = document.getElementById("page");
SwaggerUIBundle({
  domNode: page,
  url: page.dataset.specUrl,
  validatorUrl: "none", // the document is sent to nobody
  plugins: [() => ({ statePlugins: { spec: { wrapActions: { updateSpec: (update) => (text) => update(simplified(text)) } } } })],
  deepLinking: true,
  defaultModelsExpandDepth: 0, // the schemas are closed at first
  displayRequestDuration: true,
  filter: true,
});
