// Prints what `sidekick import` needs to know of an Actionhero project: its
// actions, routes and configuration, as JSON. Run it in the project's folder, in the
// environment in which the project starts:
//
//   node export-actionhero.cjs > actionhero.json
//
// For a project that is not compiled, begin with node -r ts-node/register. It
// initializes the project, but starts no server. Nothing is changed.
"use strict";
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr); // what the project prints is not ours
const { api, config, Process } = require(require.resolve("actionhero", { paths: [process.cwd()] }));
if (config.logger) config.logger.loggers = [];

// What a formatter or a validator does cannot be told; a guess at what it makes.
function guess(input) {
  const source = [].concat(input.formatter ?? []).map(String).join("\n");
  if (/parseFloat|Number\b/.test(source)) return "number";
  if (/parseInt|Math\.(round|floor|trunc)/.test(source)) return "integer";
  if (/Boolean\b|=== ?["'](true|1)["']/.test(source)) return "boolean";
  return "";
}

function inputs(of) {
  const out = {};
  for (const [name, input] of Object.entries(of ?? {})) {
    out[name] = {
      required: Boolean(input.required),
      type: guess(input),
      default: typeof input.default === "function" ? undefined : input.default,
      computed: typeof input.default === "function",
      formatters: [].concat(input.formatter ?? []).length,
      validators: [].concat(input.validator ?? []).length,
      schema: input.schema && inputs(input.schema),
    };
  }
  return out;
}

function actions() {
  const out = [];
  for (const [name, versions] of Object.entries(api.actions.actions)) {
    for (const [version, action] of Object.entries(versions)) {
      out.push({
        name,
        version,
        description: action.description,
        inputs: inputs(action.inputs),
        outputExample: action.outputExample,
        middleware: action.middleware,
        blockedConnectionTypes: action.blockedConnectionTypes,
        matchExtensionMimeType: Boolean(action.matchExtensionMimeType),
      });
    }
  }
  return out;
}

function routes() {
  const out = [];
  for (const [method, list] of Object.entries(api.routes.routes)) {
    for (const r of list) {
      out.push({ method, path: r.path, action: r.action, apiVersion: r.apiVersion ?? undefined, matchTrailingPathParts: Boolean(r.matchTrailingPathParts), dir: r.dir });
    }
  }
  return out;
}

// plain leaves out what is no data.
function plain(key, value) {
  if (typeof value === "bigint") return String(value);
  if (value instanceof RegExp) return value.source;
  if (Buffer.isBuffer(this[key])) return undefined;
  return value;
}

// circular values are left out as a whole.
function section(value) {
  const out = {};
  for (const [key, v] of Object.entries(value ?? {})) {
    try {
      const text = JSON.stringify(v, plain);
      if (text !== undefined) out[key] = JSON.parse(text);
    } catch {
      // it is no data
    }
  }
  return out;
}

const generalOptions = [
  "serverName", "apiVersion", "simultaneousActions", "filteredParams", "filteredResponse", "disableParamScrubbing",
  "directoryFileType", "missingParamChecks", "enableResponseLogging", "paths",
];

function only(object, names) {
  return Object.fromEntries(names.filter((name) => name in (object ?? {})).map((name) => [name, object[name]]));
}

new Process().initialize().then(
  () => {
    const project = {
      actionhero: config.process?.actionheroVersion,
      actions: actions(),
      routes: routes(),
      globalMiddleware: api.actions.globalMiddleware ?? [],
      globalSafeParams: api.params.globalSafeParams ?? [],
      web: section({ ...config.web, serverOptions: undefined }), // it may have keys
      general: section(only(config.general, generalOptions)), // it has a token
    };
    write(JSON.stringify(project, plain, 2) + "\n", () => process.exit(0));
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
