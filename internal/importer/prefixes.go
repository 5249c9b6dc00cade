package importer

import "strings"

// prefixIn returns the path of actions or files, by the name of Actionhero's option, without a
// slash at its end. "" is the root for actions, and nowhere for files.
func prefixIn(config map[string]any, option string) string {
	value, set := config[option]
	if !set {
		return map[string]string{"urlPathForActions": "/api", "urlPathForFiles": "/public"}[option]
	}
	path, _ := value.(string) // null is as ""
	return strings.TrimRight("/"+strings.Trim(path, "/"), "/")
}

// isForFiles reports whether files answer at a route's path where actions answer at the root.
func isForFiles(config map[string]any, path string) bool {
	fixed, _, _ := strings.Cut(strings.ToLower("/"+strings.TrimLeft(path, "/")), ":")
	isBelow := func(prefix string) bool {
		return prefix != "" && strings.HasPrefix(fixed+"/", strings.ToLower(prefix)+"/")
	}
	files, atRoot := prefixIn(config, "urlPathForFiles"), prefixIn(config, "urlPathForActions") == ""
	return files != "" && (isBelow(files) && (atRoot || config["rootEndpointType"] == "api") || atRoot && isBelow("/file"))
}
