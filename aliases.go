package sidekick

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/config"
)

// portVariable is another variable of server.port, which many platforms set.
const portVariable = "PORT"

// aliases are the names that the options have in Actionhero's configuration (web,
// general and routes side by side), followed by names that only earlier versions of
// this package had.
func aliases() []config.Alias {
	return []config.Alias{
		{Key: "serverName", To: "envelope.serverName"},
		{Key: "apiVersion", To: "envelope.apiVersion"},
		{Key: "simultaneousActions", To: "actions.maxPending", Convert: perConnection},
		{Key: "disableParamScrubbing", To: "actions.disableParamScrubbing"},
		{Key: "enableResponseLogging", To: "actions.logResponses"},
		{Key: "filteredParams", To: "actions.filteredParams"},
		{Key: "filteredResponse", To: "actions.filteredResponse"},
		{Key: "directoryFileType", To: "static.index"},

		{Key: "enabled", To: "server.disableListening", Convert: inverted},
		{Key: "secure", To: "server.secure"},
		{Key: "serverOptions.cert", To: "server.cert"},
		{Key: "serverOptions.key", To: "server.key"},
		{Key: "allowedRequestHosts", To: "hosts.allowed", Variables: []string{"ALLOWED_HOSTS"}},
		{Key: "port", To: "server.port", Variables: []string{portVariable}},
		{Key: "bindIP", To: "server.bindIP"},
		{Key: "httpHeaders", To: "headers.set"},
		{Key: "urlPathForActions", To: "paths.actions", Convert: orNone(`"/"`, nil)},
		{Key: "urlPathForFiles", To: "paths.files", Convert: orNone("", nil)},
		{Key: "urlPathForFiles", To: "disableStatic", Convert: orNone("true", func(string) string { return "false" })},
		{Key: "rootEndpointType", To: "paths.root", Convert: rootEndpoint},
		{Key: "automaticRoutes", To: "actions.automaticRoutes", Variables: []string{"AUTOMATIC_ROUTES"}},
		{Key: "flatFileCacheDuration", To: "static.maxAge", Convert: seconds},
		{Key: "enableEtag", To: "static.disableETag", Convert: inverted},
		{Key: "saveRawBody", To: "params.saveRawBody"},
		{Key: "bootAttempts", To: "server.bootAttempts"},
		{Key: "fingerprintOptions.cookieKey", To: "fingerprint.cookieName"},
		{Key: "fingerprintOptions.toSetCookie", To: "fingerprint.omitCookie", Convert: inverted},
		{Key: "fingerprintOptions.onlyStaticElements", To: "fingerprint.staticElements"},
		{Key: "fingerprintOptions.settings.path", To: "fingerprint.path"},
		{Key: "fingerprintOptions.settings.expires", To: "fingerprint.maxAge", Convert: milliseconds},
		{Key: "fingerprintOptions.settings.domain", To: "fingerprint.domain"},
		{Key: "fingerprintOptions.settings.secure", To: "fingerprint.secure"},
		{Key: "fingerprintOptions.settings.httpOnly", To: "fingerprint.disableHTTPOnly", Convert: inverted},
		{Key: "fingerprintOptions.settings.sameSite", To: "fingerprint.sameSite"},
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
		{Key: "padding", To: "envelope.padding"},
		{Key: "metadataOptions.serverInformation", To: "envelope.serverInformation"},
		{Key: "metadataOptions.requesterInformation", To: "envelope.requesterInformation"},
		{Key: "returnErrorCodes", To: "envelope.alwaysOK", Convert: inverted},
		{Key: "defaultErrorStatusCode", To: "envelope.defaultErrorStatus"},
		{Key: "queryParseOptions.depth", To: "params.query.depth"},
		{Key: "queryParseOptions.arrayLimit", To: "params.query.arrayLimit"},
		{Key: "queryParseOptions.parameterLimit", To: "params.query.parameterLimit"},
		{Key: "queryParseOptions.allowDots", To: "params.query.allowDots"},
		{Key: "queryParseOptions.comma", To: "params.query.comma"},
		{Key: "queryParseOptions.delimiter", To: "params.query.delimiter"},
		{Key: "routes", To: "actions.routes"},
		{Key: "postVariables", To: "actions.extraParams"}, // of api.params

		{Key: "listeners", To: "server.listeners"},
		{Key: "h2c", To: "server.h2c"},
		{Key: "readHeaderTimeout", To: "server.readHeaderTimeout"},
		{Key: "readTimeout", To: "server.readTimeout"},
		{Key: "writeTimeout", To: "server.writeTimeout"},
		{Key: "idleTimeout", To: "server.idleTimeout"},
		{Key: "maxHeaderBytes", To: "server.maxHeaderBytes"},
		{Key: "maxHeaderFields", To: "server.maxHeaderFields"},
		{Key: "maxUrlBytes", To: "server.maxURLBytes"},
		{Key: "maxConnections", To: "server.maxConnections"},
		{Key: "livenessPath", To: "server.livenessPath"},
		{Key: "readinessPath", To: "server.readinessPath"},
		{Key: "shutdownTimeout", To: "server.shutdownTimeout"},
		{Key: "shutdownDelay", To: "server.shutdownDelay"},
		{Key: "trustedProxies", To: "clientAddr.trustedProxies"},
		{Key: "trustUnixPeers", To: "clientAddr.trustUnixPeers"},
		{Key: "clientAddrHeader", To: "clientAddr.header"},
		{Key: "clientPortHeader", To: "clientAddr.portHeader"},
		{Key: "hostExemptPaths", To: "hosts.exemptPaths"},
		{Key: "assumeScheme", To: "hosts.assumeScheme"},
		{Key: "allowDeadRoutes", To: "actions.allowDeadRoutes"},
		{Key: "missingFirst", To: "actions.missingFirst"},
		{Key: "anyMethodByName", To: "actions.anyMethodByName"},
		{Key: "notFoundForMethods", To: "actions.notFoundForMethods"},
		{Key: "ignoreUndeclaredFiles", To: "actions.ignoreUndeclaredFiles"},
		{Key: "dangerouslyMatchActiveTypes", To: "actions.dangerouslyMatchActiveTypes"},
		{Key: "actionTimeout", To: "actions.timeout"},
		{Key: "publicFolders", To: "static.roots"},
		{Key: "exposeErrors", To: "envelope.exposeErrors"},
		{Key: "exposeErrors", To: "params.showExcerpt"},
		{Key: "fingerprintOptions.keysFile", To: "fingerprint.keysFile"},
		{Key: "fingerprintOptions.acceptHeader", To: "fingerprint.acceptHeader"},
		{Key: "fingerprintOptions.dangerouslyUnsigned", To: "fingerprint.dangerouslyUnsigned"},
		{Key: "compressOptions.minBytes", To: "compress.minBytes", KeepsOff: true},
		{Key: "compressOptions.gzipLevel", To: "compress.gzipLevel", KeepsOff: true},
		{Key: "compressOptions.zstdLevel", To: "compress.zstdLevel", KeepsOff: true},
		{Key: "urlPathForDocs", To: "docs", Convert: orNone("false", func(string) string { return "true" })},
		{Key: "urlPathForDocs", To: "docs.path", Convert: orNone("", func(p string) string { return strconv.Quote("/" + strings.Trim(p, "/") + "/") })},
	}
}

func inverted(raw []byte) ([]byte, string) {
	switch string(raw) {
	case "true":
		return []byte("false"), ""
	case "false":
		return []byte("true"), ""
	}
	return nil, "want true or false"
}

// orNone converts a path with convert; nil leaves the path as it is. null and a
// path without parts become none; if none is "", they set nothing.
func orNone(none string, convert func(string) string) func([]byte) ([]byte, string) {
	return func(raw []byte) ([]byte, string) {
		var path string
		switch err := json.Unmarshal(raw, &path); {
		case err != nil:
			return nil, "want a string, or null for none"
		case strings.Trim(path, "/") != "" && convert != nil:
			return []byte(convert(path)), ""
		case strings.Trim(path, "/") != "":
			return raw, ""
		case none == "":
			return nil, ""
		}
		return []byte(none), ""
	}
}

func rootEndpoint(raw []byte) ([]byte, string) {
	switch string(raw) {
	case `"api"`:
		return strconv.AppendQuote(nil, rootActions), ""
	case `"file"`:
		return strconv.AppendQuote(nil, rootFiles), ""
	}
	return nil, `want "api" or "file"`
}

// perConnection reads a limit that Actionhero has for each connection. There, every
// HTTP request is a connection of its own with one action, so the limit has no
// effect, and it has none here. It must not become actions.maxPending, which limits
// what one client address may run: a number meant for websockets would be too low.
func perConnection(raw []byte) ([]byte, string) {
	if n, err := strconv.ParseInt(string(raw), 10, 64); err != nil || n < 1 {
		return nil, "want a whole number of at least 1; it is for each connection, which has one action here: actions.maxPending limits those of a client's address"
	}
	return nil, ""
}

// seconds converts a whole number of seconds. 0 means revalidate every time.
func seconds(raw []byte) ([]byte, string) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 || n > maxNumber {
		return nil, fmt.Sprintf("want seconds, a whole number from 0 to %d", maxNumber)
	}
	if n == 0 {
		n = -1 // there, 0 is the default
	}
	return duration(n, time.Second), ""
}

func milliseconds(raw []byte) ([]byte, string) {
	const most = int64(400 * 24 * time.Hour / time.Millisecond)
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < -most || n > most {
		return nil, "want milliseconds, a whole number of at most 400 days, which is as long as browsers keep a cookie"
	}
	return duration(n, time.Millisecond), ""
}

func duration(n int64, unit time.Duration) []byte {
	return strconv.AppendQuote(nil, (time.Duration(n) * unit).String())
}

// notOfferedAnywhere returns notOffered with the options of config.errors at the top level as
// well, because those of config.general and config.web stand there.
func notOfferedAnywhere() map[string]string {
	all := maps.Clone(notOffered)
	for key, instead := range notOffered {
		if name, ok := strings.CutPrefix(key, "errors."); ok {
			all[name] = instead
		}
	}
	return all
}

// notOffered says what to use instead of options of Actionhero, formidable, qs and
// Node that do not exist here.
var notOffered = map[string]string{
	"servers": "write the options of servers.web at the top level",
	"web":     "write the options of config.web at the top level",
	"general": "write the options of config.general at the top level",
	"logger":  "the log is written as log.format and log.level say, or by Config.Logger, a log/slog logger that is set in Go",
	"plugins": "import what a plugin adds, and pass it to sidekick.New in Go",
	"tasks":   "there are no background tasks; Dispatcher.Run runs an action outside a request",

	"websocket": "there are no websockets",

	"requestID.trustedProxies":   trustedProxies,
	"requestID.trustUnixPeers":   "clientAddr.trustUnixPeers decides for all pieces",
	"hosts.trustedProxies":       trustedProxies,
	"fingerprint.trustedProxies": trustedProxies,
	"rateLimit.trustedProxies":   trustedProxies,

	"id":                          "a server needs no id; its name is envelope.serverName",
	"welcomeMessage":              "it is for chat and TCP connections, which do not exist here",
	"startingChatRooms":           "there is no chat",
	"serverToken":                 "there is no cluster whose servers need to know each other",
	"channel":                     "there is no cluster",
	"rpcTimeout":                  "there is no cluster",
	"cachePrefix":                 "there is no cache in Redis",
	"lockPrefix":                  "there is no cache in Redis",
	"lockDuration":                "there is no cache in Redis",
	"enforceConnectionProperties": "a connection always has the properties of its Go type",
	"fileRequestLogLevel":         "requests for files are logged like all others",
	"defaultMiddlewarePriority":   "set the Priority of each dispatch.Middleware; 100 is the default",
	"cliIncludeInternal":          "there are no commands to include",
	"ignoreRealIP":                "X-Real-IP is read only if clientAddr.header names it",
	"configChanges":               "the environment overrides the file: set variables",
	"matchExtensionMime":          "it is a field of each action, MatchExtensionMIMEType",
	"matchExtensionMimeType":      "it is a field of each action, MatchExtensionMIMEType",
	"missingParamChecks":          `null and "" count as missing; for other rules set Actions.IsMissing, in Go`,
	"developmentMode":             "start from sidekick.Development(), or set SIDEKICK_ENV to development",
	"paths.public":                "name the folders of files in static.roots",
	"paths.action":                "pass actions to sidekick.New in Go",
	"paths.task":                  "there are no tasks",
	"paths.server":                "there is only this server",
	"paths.initializer":           "initialize what the program needs before sidekick.New",
	"paths.plugin":                "import what a plugin adds in Go",
	"paths.locale":                "Envelope.Errors.Translate translates messages, in Go",
	"paths.pid":                   "the service manager keeps track of the process",
	"paths.log":                   "the log goes to standard error, or to Config.Logger, which is set in Go",
	"paths.cli":                   "there are no commands to find",
	"paths.test":                  "tests are Go tests",
	"paths.src":                   "sources are those of Go",
	"paths.dist":                  "sources are those of Go",
	"paths.config":                "this file is the configuration",

	"errors._toExpand":                    "nothing is expanded",
	"errors.reportUnknownActions":         "unknown actions are logged at level debug",
	"errors.serializers":                  "set Envelope.Errors.Serialize, in Go",
	"errors.exceptionHandlers":            "set Envelope.Errors.Reporters, in Go",
	"errors.invalidParams":                byCode("params_invalid"),
	"errors.missingParams":                byCode("params_missing"),
	"errors.unknownAction":                byCode("unknown_action"),
	"errors.unsupportedServerType":        byCode("connection_type_blocked"),
	"errors.serverShuttingDown":           byCode("shutting_down"),
	"errors.tooManyPendingActions":        byCode("too_many_pending"),
	"errors.genericError":                 byCode("internal_error") + "; envelope.exposeErrors shows an error's own message",
	"errors.fileNotFound":                 "set static.notFound",
	"errors.fileNotProvided":              "a request without a file is answered as for a missing file: static.notFound",
	"errors.fileReadError":                "a file that cannot be read is answered as missing, and logged",
	"errors.verbNotFound":                 "there are no verbs: they are for websockets and TCP",
	"errors.verbNotAllowed":               "there are no verbs: they are for websockets and TCP",
	"errors.connectionRoomAndMessage":     noChat,
	"errors.connectionNotInRoom":          noChat,
	"errors.connectionAlreadyInRoom":      noChat,
	"errors.connectionRoomHasBeenDeleted": noChat,
	"errors.connectionRoomNotExist":       noChat,
	"errors.connectionRoomExists":         noChat,
	"errors.connectionRoomRequired":       noChat,

	"formOptions.encoding":               "forms are read as UTF-8, and anything else is refused",
	"formOptions.minFileSize":            "refuse small files in the action",
	"formOptions.allowEmptyFiles":        "an empty file is a file, unless upload.refuseEmptyFiles is set",
	"formOptions.enabledPlugins":         "bodies are read by their Content-Type: JSON, forms, multipart and octet-stream",
	"formOptions.fileWriteStreamHandler": "set Upload.Store, in Go",
	"formOptions.filename":               "files are stored under random names; MoveTo names them",
	"formOptions.filter":                 "files are stored only for inputs that are declared as files",
	"formOptions.createDirsFromUploads":  "a file's name has no folders",

	"queryParseOptions.allowPrototypes":          "names such as constructor are ordinary names",
	"queryParseOptions.plainObjects":             "names such as constructor are ordinary names",
	"queryParseOptions.allowSparse":              "lists have no holes",
	"queryParseOptions.allowEmptyArrays":         "a name with [] and no value is a list of one empty string",
	"queryParseOptions.charset":                  "queries are read as UTF-8",
	"queryParseOptions.charsetSentinel":          "queries are read as UTF-8",
	"queryParseOptions.interpretNumericEntities": "queries are read as UTF-8",
	"queryParseOptions.decoder":                  "queries are decoded like URLs",
	"queryParseOptions.decodeDotInKeys":          "set allowDots for nesting by dots",
	"queryParseOptions.duplicates":               "a repeated name is a list",
	"queryParseOptions.ignoreQueryPrefix":        "a query never begins with a question mark",
	"queryParseOptions.parseArrays":              "lists are always read; arrayLimit limits the index",
	"queryParseOptions.strictDepth":              "deeper nesting is kept as part of the name",
	"queryParseOptions.strictNullHandling":       "a name without a value is an empty string",
	"queryParseOptions.throwOnLimitExceeded":     "a request beyond parameterLimit is always refused",

	"serverOptions.ca":                 "for client certificates set Server.TLSConfig in Go",
	"serverOptions.requestCert":        "for client certificates set Server.TLSConfig in Go",
	"serverOptions.rejectUnauthorized": "for client certificates set Server.TLSConfig in Go",
	"serverOptions.ciphers":            "set Server.TLSConfig in Go",
	"serverOptions.minVersion":         "TLS 1.2 and later are supported; to restrict that set Server.TLSConfig in Go",
	"serverOptions.maxVersion":         "TLS 1.2 and later are supported; to restrict that set Server.TLSConfig in Go",
	"serverOptions.secureProtocol":     "TLS 1.2 and later are supported; to restrict that set Server.TLSConfig in Go",
	"serverOptions.passphrase":         "the key file must not be encrypted",
	"serverOptions.pfx":                "name two PEM files, cert and key",

	"fingerprintOptions.keys":                 "secrets do not belong here: name a file of keys in keysFile, or set " + keysVariable,
	"fingerprintOptions.settings.maxAge":      "write expires, in milliseconds",
	"fingerprintOptions.settings.partitioned": "it is fingerprint.partitioned",
	"fingerprintOptions.settings.signed":      "the cookie is signed unless fingerprint.dangerouslyUnsigned is set",
	"fingerprintOptions.settings.overwrite":   "the cookie is sent once",
}

const (
	noChat         = "there is no chat"
	trustedProxies = "clientAddr.trustedProxies decides for all pieces"
)

func byCode(code string) string {
	return "error messages are set by code: envelope.errors.texts." + code
}
