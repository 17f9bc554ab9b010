package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// call is what this program needs to know of a call of runc.
type call struct {
	command string // create, run, exec, ...
	bundle  string
	process string
	log     string
}

// Options of runc that come before its command and take a value of their own.
var globalValues = map[string]bool{
	"--log": true, "--log-format": true, "--root": true, "--criu": true, "--rootless": true,
}

func parseCall(args []string) call {
	c := call{bundle: "."}
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		if !strings.HasPrefix(name, "-") {
			if c.command == "" {
				c.command = args[i]
			}
			continue
		}
		// runc takes an option with one dash as well as with two.
		name = "--" + strings.TrimLeft(name, "-")
		target := map[string]*string{"--log": &c.log}[name]
		if c.command != "" {
			target = map[string]*string{
				"--bundle": &c.bundle, "--b": &c.bundle, "--process": &c.process, "--p": &c.process,
			}[name]
		}
		if target == nil && !(c.command == "" && globalValues[name]) {
			continue
		}
		if !joined {
			i++
			if i >= len(args) {
				break
			}
			value = args[i]
		}
		if target != nil {
			*target = value
		}
	}
	return c
}

// specFile is the file whose capabilities runc is about to apply, or "".
func (c call) specFile() string {
	switch c.command {
	case "create", "run", "restore":
		return filepath.Join(c.bundle, "config.json")
	case "exec":
		return c.process // without --process there is no file: runc exec takes what the container has
	}
	return ""
}

// report writes an error to where the engine looks for it: runc's log file, one JSON object per line.
func report(log string, problem error) {
	text := "runc-bounded: " + problem.Error()
	fmt.Fprintln(os.Stderr, text)
	if log == "" {
		return
	}
	line, err := json.Marshal(map[string]string{
		"level": "error", "msg": text, "time": time.Now().UTC().Format(time.RFC3339),
	})
	if err == nil {
		err = appendLine(log, line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "runc-bounded: cannot write to "+log+": "+err.Error())
	}
}

func appendLine(path string, line []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
