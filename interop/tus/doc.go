// Package tus holds that tus-js-client, in node and in Chromium, brings whole
// files to package upload/tus over connections that break again and again, and
// to two servers that share a folder.
package tus
