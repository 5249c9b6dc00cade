package mimetypes

// All and Extensions show the whole table to its test.
func All() map[string]string { return types() }

const Extensions = extensions
