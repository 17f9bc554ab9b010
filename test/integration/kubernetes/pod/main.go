// The pod of the suites on a real cluster: serves, follows another one, is never ready, crashes, takes all
// memory, or is done.
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	mode := "serve"
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	if mode == "done" {
		fmt.Print("one\ntwo\n")
		return
	}
	fmt.Println("starting in mode", mode)
	switch mode {
	case "crash":
		fmt.Fprintln(os.Stderr, "fatal: cannot connect to database")
		os.Exit(3)
	case "follow":
		leader, err := http.Get(os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, "fatal:", err)
			os.Exit(4)
		}
		leader.Body.Close()
	case "oom":
		var keep [][]byte
		for {
			b := make([]byte, 8<<20)
			for i := range b {
				b[i] = 1
			}
			keep = append(keep, b)
			time.Sleep(5 * time.Millisecond)
		}
	}
	http.HandleFunc("/ready", func(w http.ResponseWriter, r *http.Request) {
		if mode == "unready" {
			http.Error(w, "database not reachable", 503)
		}
	})
	fmt.Println(http.ListenAndServe(":8080", nil))
}
