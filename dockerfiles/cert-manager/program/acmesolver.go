package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/cert-manager/cert-manager/pkg/issuer/acme/http/solver"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

const solverShutdownTimeout = 5 * time.Second

// acmesolverCommand answers one HTTP-01 challenge until it is stopped.
func acmesolverCommand() *cobra.Command {
	server := &solver.HTTP01Solver{}
	command := &cobra.Command{
		Use:  "acmesolver",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			listening := make(chan error, 1)
			go func() { listening <- server.Listen(logf.Log.WithName("acmesolver")) }()
			select {
			case err := <-listening:
				return err
			case <-command.Context().Done():
			}
			ctx, cancel := context.WithTimeout(context.Background(), solverShutdownTimeout)
			defer cancel()
			if err := server.Shutdown(ctx); err != nil {
				return err
			}
			if err := <-listening; !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
	}
	flags := command.Flags()
	flags.IntVar(&server.ListenPort, "listen-port", 8089, "port to listen on")
	flags.StringVar(&server.Domain, "domain", "", "name that is validated")
	flags.StringVar(&server.Token, "token", "", "token of the challenge")
	flags.StringVar(&server.Key, "key", "", "what the challenge is answered with")
	return command
}
