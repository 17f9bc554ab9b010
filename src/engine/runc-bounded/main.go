// runc-bounded is an OCI runtime that hands everything to runc, after it has
// taken those capabilities out of the container's spec that this process does
// not have in its own bounding set.
//
// `docker run --privileged` asks for every capability that the kernel knows.
// Where the whole machine lacks one of them, runc refuses with "unable to
// apply caps", and no kind node starts. Nobody gains anything by this: a
// capability that is taken out could not have been had.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Where distributions put runc, for a caller whose PATH does not lead to it.
var usualPlaces = []string{"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/sbin/runc", "/usr/local/bin/runc"}

func main() {
	call := parseCall(os.Args[1:])
	if err := run(call); err != nil {
		report(call.log, err)
		os.Exit(1)
	}
}

// run does not return when all is well: runc takes the place of this process.
func run(call call) error {
	if spec := call.specFile(); spec != "" {
		have, err := boundingSet("/proc/self/status")
		if err != nil {
			return err
		}
		if err := trimFile(spec, have); err != nil {
			return fmt.Errorf("trim capabilities of %s: %w", spec, err)
		}
	}
	runc, err := findRunc()
	if err != nil {
		return err
	}
	if err := syscall.Exec(runc, append([]string{"runc"}, os.Args[1:]...), os.Environ()); err != nil {
		return fmt.Errorf("start %s: %w", runc, err)
	}
	return nil
}

func findRunc() (string, error) {
	if path, err := exec.LookPath("runc"); err == nil {
		return filepath.Abs(path)
	}
	for _, path := range usualPlaces {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no runc on PATH nor in %s", strings.Join(usualPlaces, ", "))
}
