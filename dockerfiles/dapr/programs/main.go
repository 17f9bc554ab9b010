// All programs of Dapr in one: the name by which it is called says which one it is. They share most of their code, so
// one program is compiled and linked once, and a node keeps it in memory once for all sidecars and the control plane.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	injector "github.com/dapr/dapr/cmd/injector/app"
	operator "github.com/dapr/dapr/cmd/operator/app"
	placement "github.com/dapr/dapr/cmd/placement/app"
	sentry "github.com/dapr/dapr/cmd/sentry/app"
)

func main() {
	programs := map[string]func(){
		"daprd":     runDaprd,
		"injector":  injector.Run,
		"operator":  operator.Run,
		"placement": placement.Run,
		"sentry":    sentry.Run,
	}
	name := filepath.Base(os.Args[0])
	run, isKnown := programs[name]
	if !isKnown {
		fmt.Fprintf(os.Stderr, "%s is no program of Dapr; call it daprd, injector, operator, placement or sentry\n", name)
		os.Exit(64)
	}
	run()
}
