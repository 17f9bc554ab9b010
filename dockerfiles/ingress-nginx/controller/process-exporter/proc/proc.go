// Package proc reads /proc for two callers in ingress-nginx: the health check (does the nginx master run?)
// and the process metrics. CPU time and I/O are left at zero: the addon runs with metrics off.
package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	common "github.com/ncabatoff/process-exporter"
)

// FS is a mounted proc file system.
type FS struct{ root string }

// NewFS checks that root is a proc file system. The second argument (debug) has no effect here.
func NewFS(root string, _ bool) (*FS, error) {
	if _, err := os.Stat(filepath.Join(root, "self")); err != nil {
		return nil, err
	}
	return &FS{root}, nil
}

// Proc is a running process.
type Proc struct{ PID int }

// Proc fails when no process has this id: the health check asks nothing else.
func (f *FS) Proc(pid int) (Proc, error) {
	if _, err := os.Stat(filepath.Join(f.root, strconv.Itoa(pid), "stat")); err != nil {
		return Proc{}, err
	}
	return Proc{pid}, nil
}

// Iter walks all processes of an FS.
type Iter struct{ fs *FS }

// AllProcs begins a walk.
func (f *FS) AllProcs() Iter { return Iter{f} }

// Memory counts bytes.
type Memory struct{ ResidentBytes, VirtualBytes uint64 }

// Counts grow over the life of a process.
type Counts struct {
	CPUSystemTime         float64
	ReadBytes, WriteBytes uint64
}

// Group sums up processes of one name.
type Group struct {
	Counts
	Procs           int
	Memory          Memory
	OldestStartTime time.Time
}

// GroupByName holds the groups of one walk.
type GroupByName map[string]Group

// CollectErrors counts processes that could not be read.
type CollectErrors struct{ Read int }

// Grouper sums up the processes that its MatchNamer picks.
type Grouper struct{ namer common.MatchNamer }

// NewGrouper ignores the switches for children, threads and recheck, as one group is all that is asked for.
func NewGrouper(namer common.MatchNamer, _, _, _, _ bool) *Grouper { return &Grouper{namer} }

// Update walks all processes. One that ends during the walk is left out.
func (g *Grouper) Update(it Iter) (CollectErrors, GroupByName, error) {
	groups := GroupByName{}
	entries, err := os.ReadDir(it.fs.root)
	if err != nil {
		return CollectErrors{}, nil, fmt.Errorf("reading %s: %w", it.fs.root, err)
	}
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		folder := filepath.Join(it.fs.root, entry.Name())
		attributes := readAttributes(folder)
		// The namer of ingress-nginx compares with a constant and would take every process for nginx.
		if attributes.Name != "nginx" {
			continue
		}
		if matched, name := g.namer.MatchAndName(attributes); matched {
			groups[name] = groups[name].with(folder)
		}
	}
	return CollectErrors{}, groups, nil
}

func readAttributes(folder string) common.ProcAttributes {
	name, _ := os.ReadFile(filepath.Join(folder, "comm"))
	commandLine, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
	attributes := common.ProcAttributes{Name: strings.TrimSpace(string(name))}
	for _, argument := range bytes.Split(bytes.TrimRight(commandLine, "\x00"), []byte{0}) {
		if len(argument) > 0 {
			attributes.Cmdline = append(attributes.Cmdline, string(argument))
		}
	}
	return attributes
}

func (group Group) with(folder string) Group {
	group.Procs++
	if statm, err := os.ReadFile(filepath.Join(folder, "statm")); err == nil {
		var virtualPages, residentPages uint64
		if _, err := fmt.Sscan(string(statm), &virtualPages, &residentPages); err == nil {
			pageBytes := uint64(os.Getpagesize())
			group.Memory.VirtualBytes += virtualPages * pageBytes
			group.Memory.ResidentBytes += residentPages * pageBytes
		}
	}
	if info, err := os.Stat(folder); err == nil {
		if group.OldestStartTime.IsZero() || info.ModTime().Before(group.OldestStartTime) {
			group.OldestStartTime = info.ModTime()
		}
	}
	return group
}
