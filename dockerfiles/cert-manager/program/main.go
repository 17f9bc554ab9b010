// All programs of cert-manager in one binary, over the packages of its Go module.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	// The authorities that browsers trust, for ACME servers on the internet: the image has no files but this binary.
	_ "golang.org/x/crypto/x509roots/fallback"

	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

// programVariable says which program to be. The chart gives its containers arguments but no command, so it cannot say
// it by name; its values can set variables.
const programVariable = "CERT_MANAGER_PROGRAM"

var programs = map[string]func() *cobra.Command{
	"controller": controllerCommand,
	"webhook":    webhookCommand,
	"cainjector": cainjectorCommand,
	"acmesolver": acmesolverCommand,
}

func main() {
	name, args := chooseProgram(os.Args[1:], os.Getenv(programVariable))
	newCommand, ok := programs[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "%s is none of controller, webhook, cainjector, acmesolver\n", name)
		os.Exit(2)
	}
	os.Exit(run(newCommand(), args))
}

// chooseProgram takes the first argument where it names a program, then the variable. Without either it is acmesolver:
// the controller makes those pods itself and gives them neither.
func chooseProgram(args []string, variable string) (name string, rest []string) {
	if len(args) > 0 && programs[args[0]] != nil {
		return args[0], args[1:]
	}
	if variable != "" {
		return variable, args
	}
	return "acmesolver", args
}

func run(command *cobra.Command, args []string) int {
	logf.InitLogs()
	defer logf.FlushLogs()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal ends the work in good order, a second one ends the process.
	context.AfterFunc(ctx, stop)

	command.SetArgs(args)
	command.SilenceUsage = true
	command.SilenceErrors = true
	if err := command.ExecuteContext(ctx); err != nil {
		logf.Log.Error(err, "failed", "program", command.Name())
		return 1
	}
	return 0
}
