package sidekick

import (
	"maps"
	"strings"
)

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
	"matchExtensionMime":          "set MatchExtensionMIMEType, a field of each action",
	"matchExtensionMimeType":      "set MatchExtensionMIMEType, a field of each action",
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

const noChat = "there is no chat"

func byCode(code string) string {
	return "error messages are set by code: envelope.errors.texts." + code
}
