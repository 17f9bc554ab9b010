package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// In the order of their bits: capability.h of Linux.
var capabilityNames = strings.Fields(`
	CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
	NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
	SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
	AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
	PERFMON BPF CHECKPOINT_RESTORE`)

// boundingSet reads which of the known capabilities the process of a status file may ever have.
func boundingSet(statusFile string) (map[string]bool, error) {
	status, err := os.ReadFile(statusFile)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(status)) {
		digits, found := strings.CutPrefix(line, "CapBnd:")
		if !found {
			continue
		}
		bits, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: CapBnd: %w", statusFile, err)
		}
		have := map[string]bool{}
		for bit, name := range capabilityNames {
			have["CAP_"+name] = bits>>bit&1 == 1
		}
		return have, nil
	}
	return nil, fmt.Errorf("%s has no line CapBnd", statusFile)
}

// trim takes out of a spec (config.json, or the process file of an exec) the capabilities that are known and not
// had. What is not known stays, and so does everything else. The second result tells whether anything changed.
func trim(spec []byte, have map[string]bool) ([]byte, bool, error) {
	var root map[string]any
	decoder := json.NewDecoder(bytes.NewReader(spec))
	decoder.UseNumber() // limits are 64 bits wide
	if err := decoder.Decode(&root); err != nil {
		return nil, false, err
	}
	process := root
	if inner, ok := root["process"].(map[string]any); ok {
		process = inner
	}
	sets, ok := process["capabilities"].(map[string]any)
	if !ok {
		return spec, false, nil // without the field runc gives none
	}
	changed := false
	for set, value := range sets {
		names, ok := value.([]any)
		if !ok {
			if value == nil {
				continue
			}
			return nil, false, fmt.Errorf("capabilities.%s is not a list", set)
		}
		kept := []any{}
		for _, name := range names {
			text, ok := name.(string)
			if !ok {
				return nil, false, fmt.Errorf("capabilities.%s holds something else than names", set)
			}
			if had, known := have[text]; known && !had {
				changed = true
				continue
			}
			kept = append(kept, name)
		}
		sets[set] = kept
	}
	if !changed {
		return spec, false, nil
	}
	trimmed, err := json.Marshal(root)
	return trimmed, true, err
}

func trimFile(path string, have map[string]bool) error {
	spec, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	trimmed, changed, err := trim(spec, have)
	if err != nil || !changed {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, trimmed, info.Mode().Perm())
}
