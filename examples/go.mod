module github.com/sidekick-http/sidekick/examples

go 1.26.0

replace github.com/sidekick-http/sidekick => ../

require (
	github.com/go-chi/chi/v5 v5.5.0
	github.com/justinas/alice v1.2.0
	github.com/rs/cors v1.11.1
	github.com/sidekick-http/sidekick v0.0.0
)

require (
	github.com/felixge/httpsnoop v1.1.0 // indirect
	github.com/google/jsonschema-go v0.4.3 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/gorilla/handlers v1.5.2 // indirect
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
)
