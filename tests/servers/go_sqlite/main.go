// SPDX-License-Identifier: Apache-2.0

// A Flight SQL server for tests: arrow-go's SQLite example with the rest of Flight SQL
// (ingests, savepoints, polls, cancellation, sessions), behind what a real deployment
// adds to it (TLS, users, tokens that run out, tenants, unix sockets, gzip), able to
// deviate as other servers do, and to say what a client did.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

func transportCredentials(s *settings) (grpc.ServerOption, error) {
	pair, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	if s.clientCA != "" {
		pem, err := os.ReadFile(s.clientCA)
		if err != nil {
			return nil, err
		}
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", s.clientCA)
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return grpc.Creds(credentials.NewTLS(config)), nil
}

func middleware(s *settings, auth *auth, sessions *sessions) ([]flight.ServerMiddleware, error) {
	var chain []flight.ServerMiddleware
	if s.callLog != "" {
		calls, err := openCallLog(s.callLog)
		if err != nil {
			return nil, err
		}
		chain = append(chain, calls.middleware())
	}
	chain = append(chain, recoverPanics())
	if s.gzip {
		chain = append(chain, compressAnswers())
	}
	if len(s.users) > 0 || s.auth.fixedToken != "" || s.auth.prefix != "" {
		chain = append(chain, auth.middleware())
	}
	if s.sessions {
		chain = append(chain, sessions.middleware())
	}
	return chain, nil
}

func listener(s *settings) (net.Listener, string, error) {
	if s.unix != "" {
		l, err := net.Listen("unix", s.unix)
		return l, "grpc+unix://" + s.unix, err
	}
	l, err := net.Listen("tcp", s.listen)
	if err != nil {
		return nil, "", err
	}
	scheme := "grpc"
	if s.cert != "" {
		scheme = "grpc+tls"
	}
	return l, scheme + "://" + l.Addr().String(), nil
}

func run(s *settings) error {
	state := newState()
	auth, sessions := newAuth(s.users, s.auth), newSessions(state)
	chain, err := middleware(s, auth, sessions)
	if err != nil {
		return err
	}
	options := []grpc.ServerOption{grpc.MaxRecvMsgSize(s.maxMessage)}
	if s.cert != "" {
		option, err := transportCredentials(s)
		if err != nil {
			return err
		}
		options = append(options, option)
	}
	l, uri, err := listener(s)
	if err != nil {
		return err
	}
	for i, location := range s.sql.locations {
		if location == "self" {
			s.sql.locations[i] = uri
		}
	}
	if s.databases.folder == "" {
		if s.databases.folder, err = os.MkdirTemp("", "go_sqlite"); err != nil {
			return err
		}
		defer os.RemoveAll(s.databases.folder)
	}
	databases, err := newDatabases(s.databases, s.sql, state, sessions)
	if err != nil {
		return err
	}
	if s.control != "" {
		control := &control{state, &s.faults, auth, sessions}
		where, err := control.serve(s.control)
		if err != nil {
			return err
		}
		fmt.Println("control on", where)
	}
	server := flight.NewServerWithMiddleware(chain, options...)
	server.RegisterFlightService(&front{next: databases, state: state, faults: &s.faults, puts: s.puts})
	server.InitListener(l)
	fmt.Println("listening on", uri)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve() }()
	select {
	case err = <-ended:
	case <-stop: // calls that still run end with the process
	}
	return err
}

func main() {
	s := &settings{}
	s.parse()
	if err := run(s); err != nil {
		log.Fatal(err)
	}
}
