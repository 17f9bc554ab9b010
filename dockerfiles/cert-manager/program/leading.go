package main

import (
	"context"
	"errors"
	"os"
	"time"

	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/cert-manager/cert-manager/pkg/controller"
)

type electionSettings struct {
	enabled       bool
	namespace     string
	lease         time.Duration
	renewDeadline time.Duration
	retryPeriod   time.Duration
	healthTimeout time.Duration
}

var errLeaseLost = errors.New("the lease went to somebody else, or could not be renewed in time")

// whileLeading waits for the lease and then works until ctx is cancelled, the work fails or the lease is lost.
// The lease is given back only when the work is over: the next leader must not begin beside it.
func whileLeading(
	ctx context.Context,
	factory *controller.ContextFactory,
	settings electionSettings,
	health *leaderelection.HealthzAdaptor,
	work func(context.Context) error,
) error {
	lock, err := newLock(factory, settings.namespace)
	if err != nil {
		return err
	}
	election, endElection := context.WithCancel(context.WithoutCancel(ctx))
	defer endElection()
	outcome := make(chan error, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:            lock,
		LeaseDuration:   settings.lease,
		RenewDeadline:   settings.renewDeadline,
		RetryPeriod:     settings.retryPeriod,
		ReleaseOnCancel: true,
		WatchDog:        health,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(leading context.Context) {
				working, stop := context.WithCancel(ctx)
				defer stop()
				defer context.AfterFunc(leading, stop)()
				outcome <- work(working)
				endElection()
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return err
	}
	// Who is stopped while somebody else leads has no work whose end could end the election.
	defer context.AfterFunc(ctx, func() {
		if !elector.IsLeader() {
			endElection()
		}
	})()
	elector.Run(election)

	if election.Err() == nil {
		return errLeaseLost
	}
	select {
	case err := <-outcome:
		return err
	default:
		return nil
	}
}

func newLock(factory *controller.ContextFactory, namespace string) (resourcelock.Interface, error) {
	// With a client of its own: the control loops' requests must not hold up the renewal.
	own, err := factory.Build("leader-election")
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return resourcelock.New(
		resourcelock.LeasesResourceLock,
		namespace,
		"cert-manager-controller",
		own.Client.CoreV1(),
		own.Client.CoordinationV1(),
		resourcelock.ResourceLockConfig{
			Identity:      host + "-external-cert-manager-controller",
			EventRecorder: own.Recorder,
		},
	)
}
