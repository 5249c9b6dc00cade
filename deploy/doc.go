// Package deploy holds what a server is run with: an image, manifests of
// Kubernetes, units of systemd, and a site of Caddy; nginx' is in
// ../examples/nginx. Its tests read each with the program that it is for, or with
// that program's own parser.
package deploy
