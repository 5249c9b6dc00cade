module github.com/sidekick-http/sidekick/redis

go 1.26.0

require (
	github.com/redis/go-redis/v9 v9.23.0
	github.com/sidekick-http/sidekick v0.0.0
	github.com/sidekick-http/sidekick/idempotency/redis v0.0.0
	github.com/sidekick-http/sidekick/ratelimit/redis v0.0.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/google/jsonschema-go v0.4.3 // indirect
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/justinas/alice v1.2.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace (
	github.com/sidekick-http/sidekick => ../
	github.com/sidekick-http/sidekick/idempotency/redis => ../idempotency/redis
	github.com/sidekick-http/sidekick/ratelimit/redis => ../ratelimit/redis
)
