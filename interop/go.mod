module github.com/sidekick-http/sidekick/interop

go 1.26.0

require github.com/sidekick-http/sidekick v0.0.0

replace github.com/sidekick-http/sidekick => ../
