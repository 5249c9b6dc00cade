package sidekick

import (
	"reflect"
	"slices"
	"strings"
)

// unknown reports a key that is none, and says what may have been meant.
func (r *reader) unknown(path, key string, known []field) {
	p := join(path, key)
	if reason, ok := notOffered[p]; ok {
		r.add(p, nil, "not offered: %s", reason)
		return
	}
	var names []string
	for _, f := range known {
		names = append(names, f.name)
	}
	if near := nearest(key, names); near != "" {
		r.add(p, nil, "unknown key; did you mean %s?", join(path, near))
		return
	}
	if path == "" {
		for _, o := range options(reflect.TypeFor[Config](), "", nil) {
			if strings.HasSuffix(o.path, "."+key) {
				r.add(p, nil, "unknown key; did you mean %s?", o.path)
				return
			}
		}
	}
	slices.Sort(names)
	r.add(p, nil, "unknown key; accepted are %s", strings.Join(names, ", "))
}

// nearest returns the name that key is most likely meant to be, or "".
func nearest(key string, names []string) string {
	const longest = 64 // no name is as long
	if len(key) > longest {
		return ""
	}
	best, at := 1+len(key)/5, ""
	for _, name := range names {
		if d := distance(strings.ToLower(key), strings.ToLower(name)); d <= best && (at == "" || d < best) {
			best, at = d, name
		}
	}
	return at
}

// distance is the number of letters to insert, remove or replace; words of the
// same letters in another order are as near as can be.
func distance(a, b string) int {
	if x, y := []byte(a), []byte(b); len(x) == len(y) && a != b {
		slices.Sort(x)
		slices.Sort(y)
		if slices.Equal(x, y) {
			return 1
		}
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := last
			if a[i] != b[j] {
				d = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

// notOffered says of options of Actionhero, formidable, qs and node what is here
// instead.
var notOffered = map[string]string{
	"servers":                "write the options of servers.web at the top",
	"web":                    "write the options of servers.web at the top",
	"general":                "write serverName, apiVersion, filteredParams, simultaneousActions, directoryFileType and disableParamScrubbing at the top",
	"matchExtensionMimeType": "it is a field of each action, MatchExtensionMIMEType",
	"missingParamChecks":     `null and "" are missing, always`,
	"developmentMode":        "begin with sidekick.Development()",
	"paths":                  "name the folders of files in publicFolders",

	"formOptions.encoding":               "forms are read as UTF-8, and what is not is refused",
	"formOptions.minFileSize":            "refuse small files in the action",
	"formOptions.allowEmptyFiles":        "an empty file is a file; refuse it in the action",
	"formOptions.enabledPlugins":         "bodies are read by their Content-Type: JSON, forms, multipart and octet-stream",
	"formOptions.fileWriteStreamHandler": "make a store of your own with package upload",
	"formOptions.filename":               "files are stored under random names; MoveTo names them",
	"formOptions.filter":                 "files are stored only for inputs that are declared as files",
	"formOptions.createDirsFromUploads":  "a file's name has no folders",

	"queryParseOptions.allowPrototypes":          "names such as constructor are plain names",
	"queryParseOptions.plainObjects":             "names such as constructor are plain names",
	"queryParseOptions.allowSparse":              "lists have no holes",
	"queryParseOptions.allowEmptyArrays":         "a name with [] and no value is a list of one empty text",
	"queryParseOptions.charset":                  "queries are read as UTF-8",
	"queryParseOptions.charsetSentinel":          "queries are read as UTF-8",
	"queryParseOptions.interpretNumericEntities": "queries are read as UTF-8",
	"queryParseOptions.decoder":                  "queries are decoded as URLs are",
	"queryParseOptions.decodeDotInKeys":          "set allowDots for nesting by dots",
	"queryParseOptions.duplicates":               "a name that is given twice is a list",
	"queryParseOptions.ignoreQueryPrefix":        "a query never begins with a question mark",
	"queryParseOptions.parseArrays":              "lists are always read; arrayLimit says up to which index",
	"queryParseOptions.strictDepth":              "what is nested deeper is kept as one name",
	"queryParseOptions.strictNullHandling":       "a name without a value is an empty text",
	"queryParseOptions.throwOnLimitExceeded":     "past parameterLimit a request is always refused",

	"serverOptions.ca":                 "for client certificates set Config.TLSConfig in Go",
	"serverOptions.requestCert":        "for client certificates set Config.TLSConfig in Go",
	"serverOptions.rejectUnauthorized": "for client certificates set Config.TLSConfig in Go",
	"serverOptions.ciphers":            "set Config.TLSConfig in Go",
	"serverOptions.minVersion":         "TLS 1.2 and above are spoken; for more set Config.TLSConfig in Go",
	"serverOptions.maxVersion":         "TLS 1.2 and above are spoken; for more set Config.TLSConfig in Go",
	"serverOptions.secureProtocol":     "TLS 1.2 and above are spoken; for more set Config.TLSConfig in Go",
	"serverOptions.passphrase":         "the key's file must not be encrypted",
	"serverOptions.pfx":                "name two files in PEM, cert and key",

	"fingerprintOptions.keys":                 "secrets have no place here: name a file of keys in keysFile, or set " + keysVariable,
	"fingerprintOptions.settings.maxAge":      "write expires, in milliseconds",
	"fingerprintOptions.settings.partitioned": "make the cookie with package fingerprint",
	"fingerprintOptions.settings.signed":      "the cookie is signed unless dangerouslyUnsigned is set",
	"fingerprintOptions.settings.overwrite":   "the cookie is sent once",
}
