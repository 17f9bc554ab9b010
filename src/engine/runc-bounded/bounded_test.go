package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

var lacksResource = map[string]bool{"CAP_CHOWN": true, "CAP_SYS_RESOURCE": false}

func TestTrimTakesOutWhatIsNotHadFromEverySet(t *testing.T) {
	spec := `{"ociVersion":"1.0","process":{"args":["sh"],"capabilities":{
		"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE"],"effective":["CAP_SYS_RESOURCE"],"ambient":null}},
		"linux":{"resources":{"memory":{"limit":9223372036854771712}}}}`
	trimmed, changed, err := trim([]byte(spec), lacksResource)
	if err != nil || !changed {
		t.Fatalf("changed %v, error %v", changed, err)
	}
	if !strings.Contains(string(trimmed), "9223372036854771712") {
		t.Error("a 64-bit limit lost digits: " + string(trimmed))
	}
	var got struct {
		Process struct {
			Args         []string
			Capabilities map[string][]string
		}
	}
	if err := json.Unmarshal(trimmed, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"bounding": {"CAP_CHOWN"}, "effective": {}, "ambient": nil}
	if !reflect.DeepEqual(got.Process.Capabilities, want) || got.Process.Args[0] != "sh" {
		t.Errorf("got %+v", got.Process)
	}
}

func TestTrimReadsTheProcessFileOfAnExec(t *testing.T) {
	trimmed, changed, err := trim([]byte(`{"capabilities":{"bounding":["CAP_SYS_RESOURCE"]}}`), lacksResource)
	if err != nil || !changed || string(trimmed) != `{"capabilities":{"bounding":[]}}` {
		t.Errorf("got %s, %v, %v", trimmed, changed, err)
	}
}

func TestTrimKeepsWhatItDoesNotKnow(t *testing.T) {
	spec := `{"process":{"capabilities":{"bounding":["CAP_FROM_THE_FUTURE"]}}}`
	trimmed, changed, err := trim([]byte(spec), lacksResource)
	if err != nil || changed || string(trimmed) != spec {
		t.Errorf("got %s, %v, %v", trimmed, changed, err)
	}
}

func TestTrimRefusesWhatIsNoSpec(t *testing.T) {
	for _, spec := range []string{``, `[]`, `{"process":{"capabilities":{"bounding":"all"}}}`, `{"process":{"capabilities":{"bounding":[1]}}}`} {
		if _, _, err := trim([]byte(spec), lacksResource); err == nil {
			t.Errorf("no error for %q", spec)
		}
	}
}

func TestTrimFileKeepsTheMode(t *testing.T) {
	path := write(t, `{"capabilities":{"bounding":["CAP_SYS_RESOURCE"]}}`)
	if err := trimFile(path, lacksResource); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("mode is %v", info.Mode())
	}
}

func TestBoundingSet(t *testing.T) {
	have, err := boundingSet(write(t, "Name:\tx\nCapBnd:\t000001fffeffffff\n"))
	if err != nil || have["CAP_SYS_RESOURCE"] || !have["CAP_CHOWN"] || !have["CAP_CHECKPOINT_RESTORE"] {
		t.Errorf("got %v, %v", have, err)
	}
	for _, status := range []string{"Name:\tx\n", "CapBnd:\tnot hex\n"} {
		if _, err := boundingSet(write(t, status)); err == nil {
			t.Errorf("no error for %q", status)
		}
	}
}

func TestParseCall(t *testing.T) {
	cases := []struct {
		args string
		want call
		spec string
	}{
		{"--root /r --log /l --log-format json create --bundle /b --pid-file /p id",
			call{"create", "/b", "", "/l"}, "/b/config.json"},
		{"--root=/r --log=/l run -b /b id", call{"run", "/b", "", "/l"}, "/b/config.json"},
		{"create id", call{"create", ".", "", ""}, "config.json"},
		{"--log /l exec --process /p --detach id", call{"exec", ".", "/p", "/l"}, "/p"},
		{"exec id create --bundle /evil", call{"exec", "/evil", "", ""}, ""},
		{"--systemd-cgroup state id", call{"state", ".", "", ""}, ""},
		{"--version", call{"", ".", "", ""}, ""},
	}
	for _, c := range cases {
		got := parseCall(strings.Fields(c.args))
		if got != c.want || got.specFile() != c.spec {
			t.Errorf("%s: got %+v, %q", c.args, got, got.specFile())
		}
	}
}

func TestReportWritesWhatTheEngineReads(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log.json")
	report(log, os.ErrNotExist)
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var line map[string]string
	if err := json.Unmarshal(content, &line); err != nil || line["level"] != "error" || line["msg"] == "" {
		t.Errorf("got %s, %v", content, err)
	}
}
