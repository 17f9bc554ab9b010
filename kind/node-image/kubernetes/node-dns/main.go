// Forwards DNS queries that pods send to the node's own address (NODE_ADDRESS) to the resolvers of the
// node. The container engine's resolver listens on the node's loopback, where no pod can reach it.
package main

import (
	"log"
	"os"
	"time"

	"github.com/miekg/dns"
)

const resolvConf = "/etc/resolv.conf"

func main() {
	address := os.Getenv("NODE_ADDRESS")
	if address == "" {
		log.Fatal("NODE_ADDRESS is not set")
	}
	failed := make(chan error)
	for _, network := range []string{"udp", "tcp"} {
		server := &dns.Server{Addr: address + ":53", Net: network, Handler: dns.HandlerFunc(
			func(w dns.ResponseWriter, query *dns.Msg) { _ = w.WriteMsg(answer(network, query)) })}
		go func() { failed <- server.ListenAndServe() }()
	}
	log.Fatal(<-failed)
}

// answer asks each of the node's resolvers in turn. The file is read each time: the engine rewrites it
// when the container joins a network.
func answer(network string, query *dns.Msg) *dns.Msg {
	refusal := new(dns.Msg).SetRcode(query, dns.RcodeServerFailure)
	config, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		log.Print(err)
		return refusal
	}
	client := &dns.Client{Net: network, Timeout: 3 * time.Second}
	if edns := query.IsEdns0(); edns != nil {
		client.UDPSize = edns.UDPSize()
	}
	for _, server := range config.Servers {
		reply, _, err := client.Exchange(query, server+":"+config.Port)
		if err == nil {
			return reply
		}
	}
	log.Printf("no answer for %v", query.Question)
	return refusal
}
