package main

import (
	"github.com/spf13/cobra"

	"github.com/cert-manager/cert-manager/internal/webhook"
	// Registers the feature gates of the webhook.
	_ "github.com/cert-manager/cert-manager/internal/webhook/feature"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
	"github.com/cert-manager/cert-manager/pkg/webhook/options"
)

// webhookCommand has the flags of the official webhook; they are in a package that its module exports.
func webhookCommand() *cobra.Command {
	config, err := options.NewWebhookConfiguration()
	if err != nil {
		panic(err) // The defaults of a version do not convert: that build is of no use to anyone.
	}
	command := &cobra.Command{
		Use:  "webhook",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(config.FeatureGates); err != nil {
				return err
			}
			if err := logf.ValidateAndApply(&config.Logging); err != nil {
				return err
			}
			log := logf.Log.WithName("webhook")
			server, err := webhook.NewCertManagerWebhookServer(log, *config)
			if err != nil {
				return err
			}
			return server.Run(logf.NewContext(command.Context(), log))
		},
	}
	options.AddConfigFlags(command.Flags(), config)
	return command
}
