module github.com/sidekick-http/sidekick/deploy

go 1.26.0

require (
	github.com/google/jsonschema-go v0.4.3
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.2 // indirect
