// Package common stands in for github.com/ncabatoff/process-exporter, which module proxies may not offer.
// It holds the names that ingress-nginx calls and nothing else, written from those call sites.
package common

import "fmt"

// ProcAttributes is what a MatchNamer sees of a process.
type ProcAttributes struct {
	Name    string
	Cmdline []string
}

// MatchNamer decides whether a process is counted, and under which name.
type MatchNamer interface {
	MatchAndName(ProcAttributes) (bool, string)
	fmt.Stringer
}
