module github.com/sidekick-http/sidekick/proxyproto

go 1.26.0

require (
	github.com/pires/go-proxyproto v0.15.0
	github.com/sidekick-http/sidekick v0.0.0
)

require (
	github.com/google/jsonschema-go v0.4.3 // indirect
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/justinas/alice v1.2.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
)

replace github.com/sidekick-http/sidekick => ../
