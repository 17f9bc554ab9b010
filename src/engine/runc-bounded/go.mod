// An OCI runtime for machines whose root lacks capabilities: see main.go.
module slipway.dev/runc-bounded

go 1.24.0
