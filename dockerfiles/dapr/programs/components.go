package main

// The components that sidecars can use. Upstream's daprd has over a hundred, and most of its compile time and size are
// the client libraries of clouds that a local environment never calls.

import (
	kubernetesnames "github.com/dapr/components-contrib/nameresolution/kubernetes"
	memorypubsub "github.com/dapr/components-contrib/pubsub/in-memory"
	redispubsub "github.com/dapr/components-contrib/pubsub/redis"
	kubernetessecrets "github.com/dapr/components-contrib/secretstores/kubernetes"
	memorystate "github.com/dapr/components-contrib/state/in-memory"
	redisstate "github.com/dapr/components-contrib/state/redis"
	"github.com/dapr/dapr/pkg/components/nameresolution"
	"github.com/dapr/dapr/pkg/components/pubsub"
	"github.com/dapr/dapr/pkg/components/secretstores"
	"github.com/dapr/dapr/pkg/components/state"
	"github.com/dapr/dapr/pkg/components/wfbackend"
	"github.com/dapr/dapr/pkg/components/workflows"
	"github.com/dapr/dapr/pkg/runtime/registry"
	"github.com/dapr/kit/logger"
)

func componentRegistry() *registry.Options {
	log := logger.NewLogger("dapr.contrib")

	names := nameresolution.NewRegistry()
	names.Logger = log
	names.RegisterComponent(kubernetesnames.NewResolver, "kubernetes")

	secrets := secretstores.NewRegistry()
	secrets.Logger = log
	secrets.RegisterComponent(kubernetessecrets.NewKubernetesSecretStore, "kubernetes")

	pubsubs := pubsub.NewRegistry()
	pubsubs.Logger = log
	pubsubs.RegisterComponent(redispubsub.NewRedisStreams, "redis")
	pubsubs.RegisterComponent(memorypubsub.New, "in-memory")

	states := state.NewRegistry()
	states.Logger = log
	states.RegisterComponent(redisstate.NewRedisStateStore, "redis")
	states.RegisterComponent(memorystate.NewInMemoryStateStore, "in-memory")

	// Workflows have what they need built in, and log in any case.
	flows, backends := workflows.NewRegistry(), wfbackend.NewRegistry()
	flows.Logger, backends.Logger = log, log

	return registry.NewOptions().
		WithNameResolutions(names).
		WithSecretStores(secrets).
		WithPubSubs(pubsubs).
		WithStateStores(states).
		WithWorkflows(flows).
		WithWorkflowBackends(backends)
}
