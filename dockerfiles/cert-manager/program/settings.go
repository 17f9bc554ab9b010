package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"

	"github.com/cert-manager/cert-manager/pkg/controller"
	dnsutil "github.com/cert-manager/cert-manager/pkg/issuer/acme/dns/util"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
)

// controllerSettings is what flags can say. The defaults are upstream's; they stand here once more because upstream's
// own package of them imports the Venafi client, which is not to be had.
type controllerSettings struct {
	options controller.ContextOptions

	controllers    []string
	workers        int
	metricsAddress string
	healthAddress  string
	election       electionSettings
	featureGates   map[string]bool
	logging        logsapi.LoggingConfiguration

	recursiveNameserversOnly bool
	// As flags give them; quantities after a check.
	solverRequestCPU, solverRequestMemory, solverLimitCPU, solverLimitMemory string
}

func defaultControllerSettings() *controllerSettings {
	settings := &controllerSettings{
		options: controller.ContextOptions{
			KubernetesAPIQPS:   20,
			KubernetesAPIBurst: 50,
			IssuerOptions: controller.IssuerOptions{
				ClusterResourceNamespace:        "kube-system",
				ClusterIssuerAmbientCredentials: true,
			},
			ACMEOptions: controller.ACMEOptions{
				HTTP01SolverImage:            "quay.io/jetstack/cert-manager-acmesolver:" + util.AppVersion,
				ACMEHTTP01SolverRunAsNonRoot: true,
				DNS01CheckRetryPeriod:        10 * time.Second,
			},
			IngressShimOptions: controller.IngressShimOptions{
				DefaultIssuerKind:                 "Issuer",
				DefaultIssuerGroup:                "cert-manager.io",
				DefaultAutoCertificateAnnotations: []string{"kubernetes.io/tls-acme"},
				GatewayAPIExtraProtocols:          sets.New[string](),
			},
			CertificateOptions: controller.CertificateOptions{
				CopiedAnnotationPrefixes: []string{
					"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/",
				},
				CertificateRequestMinimumBackoffDuration: time.Hour,
				CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
			},
			SchedulerOptions: controller.SchedulerOptions{MaxConcurrentChallenges: 60},
		},
		controllers:    []string{"*"},
		workers:        5,
		metricsAddress: "0.0.0.0:9402",
		healthAddress:  "0.0.0.0:9403",
		election: electionSettings{
			enabled:       true,
			namespace:     "kube-system",
			lease:         60 * time.Second,
			renewDeadline: 40 * time.Second,
			retryPeriod:   15 * time.Second,
			healthTimeout: 20 * time.Second,
		},
		solverRequestCPU:    "10m",
		solverRequestMemory: "64Mi",
		solverLimitCPU:      "100m",
		solverLimitMemory:   "64Mi",
	}
	logsapi.SetRecommendedLoggingConfiguration(&settings.logging)
	return settings
}

func (s *controllerSettings) addFlags(flags *pflag.FlagSet) {
	o, e := &s.options, &s.election
	text := func(field *string, name, meaning string) { flags.StringVar(field, name, *field, meaning) }
	texts := func(field *[]string, name, meaning string) { flags.StringSliceVar(field, name, *field, meaning) }
	truth := func(field *bool, name, meaning string) { flags.BoolVar(field, name, *field, meaning) }
	duration := func(field *time.Duration, name, meaning string) { flags.DurationVar(field, name, *field, meaning) }

	text(&o.Kubeconfig, "kubeconfig", "file; in-cluster configuration if empty")
	text(&o.Namespace, "namespace", "watch this namespace alone")
	text(&o.ClusterResourceNamespace, "cluster-resource-namespace", "of the Secrets of ClusterIssuers")
	flags.Float32Var(&o.KubernetesAPIQPS, "kube-api-qps", o.KubernetesAPIQPS, "requests in a second")
	flags.IntVar(&o.KubernetesAPIBurst, "kube-api-burst", o.KubernetesAPIBurst, "requests at once")
	texts(&s.controllers, "controllers", "names to run; * for all, a leading - for not this one")
	flags.IntVar(&s.workers, "concurrent-workers", s.workers, "of each controller")
	text(&s.metricsAddress, "metrics-listen-address", "0 for none")
	text(&s.healthAddress, "internal-healthz-listen-address", "of the liveness probe")
	flags.Var(cliflag.NewMapStringBool(&s.featureGates), "feature-gates", "name=true or name=false, by commas")
	logf.AddFlags(&s.logging, flags)

	truth(&e.enabled, "leader-elect", "work only while holding the lease")
	text(&e.namespace, "leader-election-namespace", "of the lease")
	duration(&e.lease, "leader-election-lease-duration", "of the lease")
	duration(&e.renewDeadline, "leader-election-renew-deadline", "of the lease")
	duration(&e.retryPeriod, "leader-election-retry-period", "of the lease")

	truth(&o.ClusterIssuerAmbientCredentials, "cluster-issuer-ambient-credentials", "for ClusterIssuers")
	truth(&o.IssuerAmbientCredentials, "issuer-ambient-credentials", "for Issuers")
	truth(&o.EnableOwnerRef, "enable-certificate-owner-ref", "Secrets go with their Certificates")
	texts(&o.CopiedAnnotationPrefixes, "copied-annotation-prefixes", "of annotations that requests and orders get")
	flags.IntVar(&o.MaxConcurrentChallenges, "max-concurrent-challenges", o.MaxConcurrentChallenges, "at once")

	text(&o.DefaultIssuerName, "default-issuer-name", "for Ingresses that name none")
	text(&o.DefaultIssuerKind, "default-issuer-kind", "for Ingresses that name none")
	text(&o.DefaultIssuerGroup, "default-issuer-group", "for Ingresses that name none")
	texts(&o.DefaultAutoCertificateAnnotations, "auto-certificate-annotations", "that ask for a certificate")
	texts(&o.ExtraCertificateAnnotations, "extra-certificate-annotations", "copied from Ingress to Certificate")

	text(&o.HTTP01SolverImage, "acme-http01-solver-image", "of the pods that answer challenges")
	text(&s.solverRequestCPU, "acme-http01-solver-resource-request-cpu", "of those pods")
	text(&s.solverRequestMemory, "acme-http01-solver-resource-request-memory", "of those pods")
	text(&s.solverLimitCPU, "acme-http01-solver-resource-limits-cpu", "of those pods")
	text(&s.solverLimitMemory, "acme-http01-solver-resource-limits-memory", "of those pods")
	truth(&o.ACMEHTTP01SolverRunAsNonRoot, "acme-http01-solver-run-as-non-root", "those pods")
	text(&o.HTTP01SolverRuntimeClassName, "acme-http01-solver-runtime-class-name", "of those pods")
	flags.StringToStringVar(&o.HTTP01SolverExtraLabels, "acme-http01-solver-extra-labels", nil, "of those pods")
	texts(&o.HTTP01SolverNameservers, "acme-http01-solver-nameservers", "for trying a challenge out; host:port")
	texts(&o.DNS01Nameservers, "dns01-recursive-nameservers", "for trying a challenge out; host:port")
	truth(&s.recursiveNameserversOnly, "dns01-recursive-nameservers-only", "do not ask authoritative ones")
	duration(&o.DNS01CheckRetryPeriod, "dns01-check-retry-period", "between two tries, of HTTP-01 too")
}

// contextOptions is what cert-manager's packages take.
func (s *controllerSettings) contextOptions() (controller.ContextOptions, error) {
	options := s.options
	if len(options.DNS01Nameservers) == 0 {
		options.DNS01Nameservers = dnsutil.RecursiveNameservers
	}
	options.DNS01CheckAuthoritative = !s.recursiveNameserversOnly
	for _, quantity := range []struct {
		text  string
		field *resource.Quantity
	}{
		{s.solverRequestCPU, &options.HTTP01SolverResourceRequestCPU},
		{s.solverRequestMemory, &options.HTTP01SolverResourceRequestMemory},
		{s.solverLimitCPU, &options.HTTP01SolverResourceLimitsCPU},
		{s.solverLimitMemory, &options.HTTP01SolverResourceLimitsMemory},
	} {
		parsed, err := resource.ParseQuantity(quantity.text)
		if err != nil {
			return options, fmt.Errorf("%q: %w", quantity.text, err)
		}
		*quantity.field = parsed
	}
	return options, nil
}

// enabledControllers takes names away after it has added all that are asked for: the order of the flag does not count.
func (s *controllerSettings) enabledControllers() ([]string, error) {
	var names, without []string
	for _, name := range s.controllers {
		switch {
		case name == "*":
			names = append(names, defaultControllers...)
		case strings.HasPrefix(name, "-"):
			without = append(without, name[1:])
		default:
			names = append(names, name)
		}
	}
	// The chart's `--controllers=-certificaterequests-approver` means all but that one.
	if len(names) == 0 {
		names = slices.Clone(defaultControllers)
	}
	if s.options.Namespace != "" {
		without = append(without, clusterScopedControllers...)
	}
	for _, name := range append(slices.Clone(names), without...) {
		if controller.Known()[name] == nil {
			return nil, fmt.Errorf("--controllers: there is no controller %q", name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(without, name) }), nil
}
