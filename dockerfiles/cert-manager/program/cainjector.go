package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubernetesscheme "k8s.io/client-go/kubernetes/scheme"
	cliflag "k8s.io/component-base/cli/flag"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	config "github.com/cert-manager/cert-manager/internal/apis/config/cainjector"
	configscheme "github.com/cert-manager/cert-manager/internal/apis/config/cainjector/scheme"
	// Registers the feature gates of cainjector.
	_ "github.com/cert-manager/cert-manager/internal/cainjector/feature"
	"github.com/cert-manager/cert-manager/internal/kube"
	configv1alpha1 "github.com/cert-manager/cert-manager/pkg/apis/config/cainjector/v1alpha1"
	certmanagerscheme "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned/scheme"
	"github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
)

// cainjectorCommand writes the webhook's authority into the objects that the API server reads it from.
func cainjectorCommand() *cobra.Command {
	config := defaultCAInjectorConfiguration()
	command := &cobra.Command{
		Use:  "cainjector",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(config.FeatureGates); err != nil {
				return err
			}
			if err := logf.ValidateAndApply(&config.Logging); err != nil {
				return err
			}
			ctrl.SetLogger(logf.Log.WithName("cainjector"))
			manager, err := newCAInjectorManager(config)
			if err != nil {
				return err
			}
			if err := cainjector.RegisterAllInjectors(command.Context(), manager, setupOptions(config)); err != nil {
				return err
			}
			return manager.Start(command.Context())
		},
	}
	addCAInjectorFlags(command.Flags(), config)
	return command
}

func defaultCAInjectorConfiguration() *config.CAInjectorConfiguration {
	scheme, _, err := configscheme.NewSchemeAndCodecs()
	if err != nil {
		panic(err) // As for the webhook: such a build is of no use.
	}
	versioned, internal := &configv1alpha1.CAInjectorConfiguration{}, &config.CAInjectorConfiguration{}
	scheme.Default(versioned)
	if err := scheme.Convert(versioned, internal, nil); err != nil {
		panic(err)
	}
	return internal
}

func newCAInjectorManager(c *config.CAInjectorConfiguration) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		kubernetesscheme.AddToScheme,
		certmanagerscheme.AddToScheme,
		apiextensions.AddToScheme,
		apiregistration.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	connection, err := kube.BuildClientConfig("", c.KubeConfig)
	if err != nil {
		return nil, err
	}
	// A read of a kind that nothing watches would quietly start to watch it: fail instead.
	watch := cache.Options{ReaderFailOnMissingInformer: true}
	if c.Namespace != "" {
		watch.DefaultNamespaces = map[string]cache.Config{c.Namespace: {}}
	}
	// Of Secrets only the metadata are watched; the few that matter are read when they are needed.
	reads := client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}}
	election := &c.LeaderElectionConfig
	return ctrl.NewManager(util.RestConfigWithUserAgent(connection, "cainjector"), ctrl.Options{
		Scheme:                        scheme,
		Cache:                         watch,
		Client:                        reads,
		LeaderElection:                election.Enabled,
		LeaderElectionNamespace:       election.Namespace,
		LeaderElectionID:              "cert-manager-cainjector-leader-election",
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &election.LeaseDuration,
		RenewDeadline:                 &election.RenewDeadline,
		RetryPeriod:                   &election.RetryPeriod,
		Metrics:                       server.Options{BindAddress: c.MetricsListenAddress},
	})
}

func setupOptions(c *config.CAInjectorConfiguration) cainjector.SetupOptions {
	injectable := c.EnableInjectableConfig
	return cainjector.SetupOptions{
		Namespace:                    c.Namespace,
		IgnoreNamespaces:             c.IgnoreNamespaces,
		EnableCertificatesDataSource: c.EnableDataSourceConfig.Certificates,
		EnabledReconcilersFor: map[string]bool{
			cainjector.MutatingWebhookConfigurationName:   injectable.MutatingWebhookConfigurations,
			cainjector.ValidatingWebhookConfigurationName: injectable.ValidatingWebhookConfigurations,
			cainjector.APIServiceName:                     injectable.APIServices,
			cainjector.CustomResourceDefinitionName:       injectable.CustomResourceDefinitions,
		},
	}
}

func addCAInjectorFlags(flags *pflag.FlagSet, c *config.CAInjectorConfiguration) {
	election, injectable := &c.LeaderElectionConfig, &c.EnableInjectableConfig
	flags.StringVar(&c.KubeConfig, "kubeconfig", c.KubeConfig, "file; in-cluster configuration if empty")
	flags.StringVar(&c.Namespace, "namespace", c.Namespace, "watch this namespace alone")
	flags.StringSliceVar(&c.IgnoreNamespaces, "ignore-namespaces", c.IgnoreNamespaces, "namespaces to pass over")
	flags.BoolVar(&election.Enabled, "leader-elect", election.Enabled, "work only while holding the lease")
	flags.StringVar(&election.Namespace, "leader-election-namespace", election.Namespace, "of the lease")
	flags.DurationVar(&election.LeaseDuration, "leader-election-lease-duration", election.LeaseDuration, "of the lease")
	flags.DurationVar(&election.RenewDeadline, "leader-election-renew-deadline", election.RenewDeadline, "of the lease")
	flags.DurationVar(&election.RetryPeriod, "leader-election-retry-period", election.RetryPeriod, "of the lease")
	flags.BoolVar(&c.EnableDataSourceConfig.Certificates, "enable-certificates-data-source",
		c.EnableDataSourceConfig.Certificates, "inject from Certificates")
	flags.BoolVar(&injectable.CustomResourceDefinitions, "enable-customresourcedefinitions-injectable",
		injectable.CustomResourceDefinitions, "inject into CustomResourceDefinitions")
	flags.BoolVar(&injectable.ValidatingWebhookConfigurations, "enable-validatingwebhookconfigurations-injectable",
		injectable.ValidatingWebhookConfigurations, "inject into ValidatingWebhookConfigurations")
	flags.BoolVar(&injectable.MutatingWebhookConfigurations, "enable-mutatingwebhookconfigurations-injectable",
		injectable.MutatingWebhookConfigurations, "inject into MutatingWebhookConfigurations")
	flags.BoolVar(&injectable.APIServices, "enable-apiservices-injectable", injectable.APIServices,
		"inject into APIServices")
	flags.StringVar(&c.MetricsListenAddress, "metrics-listen-address", c.MetricsListenAddress, "0 for none")
	flags.Var(cliflag.NewMapStringBool(&c.FeatureGates), "feature-gates", "name=true or name=false, by commas")
	logf.AddFlags(&c.Logging, flags)
}
