package sidekick

import "github.com/sidekick-http/sidekick/internal/config"

// portVariable is another variable of server.port, which many platforms set.
const portVariable = "PORT"

// aliases are the names that the options have in Actionhero's configuration. Those of
// config.general, config.web and config.routes stand side by side, as in a file here.
var aliases = []config.Alias{
	// config.general
	{Key: "serverName", To: "envelope.serverName"},
	{Key: "apiVersion", To: "envelope.apiVersion"},
	{Key: "simultaneousActions", To: "actions.maxPending", Convert: perConnection},
	{Key: "disableParamScrubbing", To: "actions.disableParamScrubbing"},
	{Key: "enableResponseLogging", To: "actions.logResponses"},
	{Key: "filteredParams", To: "actions.filteredParams"},
	{Key: "filteredResponse", To: "actions.filteredResponse"},
	{Key: "directoryFileType", To: "static.index"},

	// config.web
	{Key: "enabled", To: "server.disableListening", Convert: inverted},
	{Key: "secure", To: "server.secure"},
	{Key: "serverOptions.cert", To: "server.cert"},
	{Key: "serverOptions.key", To: "server.key"},
	{Key: "allowedRequestHosts", To: "hosts.allowed", Variables: []string{"ALLOWED_HOSTS"}},
	{Key: "port", To: "server.port", Variables: []string{portVariable}},
	{Key: "bindIP", To: "server.bindIP"},
	{Key: "httpHeaders", To: "headers.set"},
	{Key: "urlPathForActions", To: "paths.actions", Convert: pathOrRoot},
	{Key: "urlPathForFiles", To: "paths.files", Convert: pathOrNothing},
	{Key: "urlPathForFiles", To: "disableStatic", Convert: noPath},
	{Key: "rootEndpointType", To: "paths.root", Convert: rootEndpoint},
	{Key: "automaticRoutes", To: "actions.automaticRoutes", Variables: []string{"AUTOMATIC_ROUTES"}},
	{Key: "flatFileCacheDuration", To: "static.maxAge", Convert: seconds},
	{Key: "enableEtag", To: "static.disableETag", Convert: inverted},
	{Key: "saveRawBody", To: "params.saveRawBody"},
	{Key: "bootAttempts", To: "server.bootAttempts"},
	{Key: "padding", To: "envelope.padding"},
	{Key: "metadataOptions.serverInformation", To: "envelope.serverInformation"},
	{Key: "metadataOptions.requesterInformation", To: "envelope.requesterInformation"},
	{Key: "returnErrorCodes", To: "envelope.alwaysOK", Convert: inverted},
	{Key: "defaultErrorStatusCode", To: "envelope.defaultErrorStatus"},

	// config.web, fingerprintOptions
	{Key: "fingerprintOptions.cookieKey", To: "fingerprint.cookieName"},
	{Key: "fingerprintOptions.toSetCookie", To: "fingerprint.omitCookie", Convert: inverted},
	{Key: "fingerprintOptions.onlyStaticElements", To: "fingerprint.staticElements"},
	{Key: "fingerprintOptions.settings.path", To: "fingerprint.path"},
	{Key: "fingerprintOptions.settings.expires", To: "fingerprint.maxAge", Convert: milliseconds},
	{Key: "fingerprintOptions.settings.domain", To: "fingerprint.domain"},
	{Key: "fingerprintOptions.settings.secure", To: "fingerprint.secure"},
	{Key: "fingerprintOptions.settings.httpOnly", To: "fingerprint.disableHTTPOnly", Convert: inverted},
	{Key: "fingerprintOptions.settings.sameSite", To: "fingerprint.sameSite"},

	// config.web, formOptions
	{Key: "formOptions.multiples", To: "params.multiples"},
	{Key: "formOptions.uploadDir", To: "uploadDir.dir"},
	{Key: "formOptions.keepExtensions", To: "uploadDir.keepExtensions"},
	{Key: "formOptions.maxFieldsSize", To: "params.maxBodyBytes"},
	{Key: "formOptions.maxFieldsSize", To: "upload.maxFieldsBytes"},
	{Key: "formOptions.maxFields", To: "params.maxFields"},
	{Key: "formOptions.maxFields", To: "upload.maxFields"},
	{Key: "formOptions.maxFileSize", To: "upload.maxFileBytes"},
	{Key: "formOptions.maxTotalFileSize", To: "upload.maxTotalFileBytes"},
	{Key: "formOptions.maxFiles", To: "upload.maxFiles"},
	{Key: "formOptions.hashAlgorithm", To: "upload.hash"},

	// config.web, queryParseOptions
	{Key: "queryParseOptions.depth", To: "params.query.depth"},
	{Key: "queryParseOptions.arrayLimit", To: "params.query.arrayLimit"},
	{Key: "queryParseOptions.parameterLimit", To: "params.query.parameterLimit"},
	{Key: "queryParseOptions.allowDots", To: "params.query.allowDots"},
	{Key: "queryParseOptions.comma", To: "params.query.comma"},
	{Key: "queryParseOptions.delimiter", To: "params.query.delimiter"},

	// config.routes, and api.params
	{Key: "routes", To: "actions.routes"},
	{Key: "postVariables", To: "actions.extraParams"},
}
