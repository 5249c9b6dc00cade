// Package redisurl completes the URLs with which the Redis stores are opened. It
// does not import a Redis client, so that this module needs none. That is also why each
// of the modules that import it has a function dial of its own: they could share one
// only in yet another module.
package redisurl

import (
	"errors"
	"net/url"
	"strings"
)

// Complete adds the parameters of go-redis that a URL does not have: timeouts of a
// second, RESP2, and the number of retries, "-1" for none. cluster reports whether
// the URL names several servers in its addr parameters.
func Complete(address, retries string) (completed string, cluster bool, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false, err
	}
	query := u.Query()
	for parameter, value := range map[string]string{
		"dial_timeout": "1s", "read_timeout": "1s", "write_timeout": "1s", "pool_timeout": "1s",
		"max_retries": retries, "protocol": "2",
	} {
		if !query.Has(parameter) {
			query.Set(parameter, value)
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), query.Has("addr"), nil
}

// Reason returns what is wrong with a URL, and what is accepted.
func Reason(address string, err error) string {
	return Safe(address, err) + ": want one such as redis://localhost:6379/0"
}

// Safe returns the text of an error about a URL, without the URL and its password. An
// error may quote parts of a password whose special characters are not escaped; it
// is not repeated then.
func Safe(address string, err error) string {
	var bad *url.Error
	if errors.As(err, &bad) {
		err = bad.Err
	}
	text := strings.TrimPrefix(err.Error(), "redis: ")
	if strings.Contains(address, "@") && mayQuote(text, address) {
		return `the URL cannot be used (in a password, write %2F for "/", %3F for "?", %23 for "#", %40 for "@" and %25 for "%")`
	}
	return text
}

// mayQuote reports whether a text may contain the password of an address with an "@".
func mayQuote(text, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User == nil || strings.Contains(text, address) {
		return true
	}
	password, _ := u.User.Password()
	_, escaped, _ := strings.Cut(u.User.String(), ":")
	return password != "" && (strings.Contains(text, password) || strings.Contains(text, escaped))
}
