package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/healthz"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
)

// controllerCommand issues and renews certificates.
func controllerCommand() *cobra.Command {
	settings := defaultControllerSettings()
	command := &cobra.Command{
		Use:  "controller",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(settings.featureGates); err != nil {
				return err
			}
			if err := logf.ValidateAndApply(&settings.logging); err != nil {
				return err
			}
			log := logf.Log.WithName("controller")
			return runController(logf.NewContext(command.Context(), log), settings)
		},
	}
	settings.addFlags(command.Flags())
	return command
}

// runController serves metrics and health and, while it leads, runs the control loops. It returns when all of that has
// ended: nil after ctx was cancelled.
func runController(ctx context.Context, settings *controllerSettings) error {
	log := logf.FromContext(ctx)
	log.Info("starting cert-manager controller", "version", util.AppVersion)
	options, err := settings.contextOptions()
	if err != nil {
		return err
	}
	names, err := settings.enabledControllers()
	if err != nil {
		return err
	}

	group, ctx := errgroup.WithContext(ctx)
	factory, err := controller.NewContextFactory(ctx, options)
	if err != nil {
		return err
	}
	base, err := factory.Build()
	if err != nil {
		return err
	}
	if settings.metricsAddress != "0" {
		listener, err := net.Listen("tcp", settings.metricsAddress)
		if err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
		serve(ctx, group, base.Metrics.NewServer(listener), listener)
	}
	health := healthz.NewServer(settings.election.healthTimeout)
	listener, err := net.Listen("tcp", settings.healthAddress)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	group.Go(func() error { return health.Start(ctx, listener) })

	work := func(ctx context.Context) error { return runLoops(ctx, factory, base, names, settings.workers) }
	group.Go(func() error {
		if !settings.election.enabled {
			return work(ctx)
		}
		return whileLeading(ctx, factory, settings.election, health.LeaderHealthzAdaptor, work)
	})
	return group.Wait()
}

func serve(ctx context.Context, group *errgroup.Group, server *http.Server, listener net.Listener) {
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
}

// runLoops runs the controllers of these names until ctx is cancelled or one of them fails.
func runLoops(
	ctx context.Context,
	factory *controller.ContextFactory,
	base *controller.Context,
	names []string,
	workers int,
) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range names {
		loop, err := controller.Known()[name](factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		group.Go(func() error {
			logf.FromContext(ctx).V(logf.InfoLevel).Info("starting controller", "controller", name)
			if err := loop.Run(workers, ctx); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	// Each loop waits for its caches; they share these.
	base.SharedInformerFactory.Start(ctx.Done())
	base.KubeSharedInformerFactory.Start(ctx.Done())
	base.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	return group.Wait()
}
