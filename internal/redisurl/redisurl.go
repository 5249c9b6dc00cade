// Package redisurl completes the URLs with which the Redis stores are opened. It
// does not import a Redis client, so that this module needs none.
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

// Reason returns what is wrong with a URL, without the URL itself, which may
// contain a password.
func Reason(err error) string {
	var bad *url.Error
	if errors.As(err, &bad) {
		err = bad.Err
	}
	return strings.TrimPrefix(err.Error(), "redis: ") + "; want one such as redis://localhost:6379/0"
}
