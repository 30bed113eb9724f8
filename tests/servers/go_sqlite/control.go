// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net"
	"net/http"
)

// control is a plain HTTP port beside the server, so that a test can look at it and
// steer it without adding calls, tokens or sessions of its own.
//
//	GET  /state           the account of calls and of what is open, as JSON
//	POST /reset           forget the calls and the rules of -fail
//	POST /fail            one more rule, in the body
//	POST /expire-tokens   all tokens given so far, or seen, are bad from now on
//	POST /drop-sessions   all sessions are gone, as after a restart
type control struct {
	state    *state
	faults   *faults
	auth     *auth
	sessions *sessions
}

func (c *control) handler() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		text, err := c.state.json()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	})
	routes.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) {
		c.state.reset()
		c.faults.clear()
	})
	routes.HandleFunc("POST /fail", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = c.faults.add(string(text))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	routes.HandleFunc("POST /expire-tokens", func(http.ResponseWriter, *http.Request) { c.auth.expireAll() })
	routes.HandleFunc("POST /drop-sessions", func(http.ResponseWriter, *http.Request) { c.sessions.dropAll() })
	return routes
}

// serve returns where it listens.
func (c *control) serve(address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	go func() { _ = http.Serve(l, c.handler()) }()
	return "http://" + l.Addr().String(), nil
}
