package main

import (
	"os"

	"github.com/sidekick-http/sidekick/internal/program"
)

func main() { os.Exit(program.Run(os.Args[1:], os.Stdout, os.Stderr, nil)) }
