module github.com/sidekick-http/sidekick

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/google/jsonschema-go v0.4.3
	github.com/gorilla/securecookie v1.1.2
	github.com/justinas/alice v1.2.0
	github.com/klauspost/compress v1.20.3
)
