// SPDX-License-Identifier: Apache-2.0

// A Flight SQL server for tests: arrow-go's SQLite example behind what a real
// deployment adds to it. TLS and mutual TLS, users with passwords, tokens that
// run out, session cookies, one database a user and tenant, a log of the calls
// it got, panics turned into errors, unix sockets, gzip.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/session"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

type settings struct {
	listen    string
	unix      string
	cert, key string
	clientCA  string
	users     userList
	auth      authSettings
	tenants   bool
	sessions  bool
	gzip      bool
	callLog   string
}

// userList is the flag -user NAME:PASSWORD, which may be given several times.
type userList map[string]string

func (u userList) String() string { return fmt.Sprint(len(u), " users") }

func (u userList) Set(text string) error {
	name, password, found := strings.Cut(text, ":")
	if !found || name == "" {
		return errors.New("want NAME:PASSWORD")
	}
	u[name] = password
	return nil
}

func parseFlags() settings {
	s := settings{users: userList{}}
	flag.StringVar(&s.listen, "listen", "127.0.0.1:0", "address and port (0: any free one)")
	flag.StringVar(&s.unix, "unix", "", "a socket's path, instead of an address")
	flag.StringVar(&s.cert, "cert", "", "certificate chain: speak TLS")
	flag.StringVar(&s.key, "key", "", "its private key")
	flag.StringVar(&s.clientCA, "client-ca", "", "ask for client certificates of this CA")
	flag.Var(s.users, "user", "NAME:PASSWORD, may be repeated: ask for Basic or a token")
	flag.StringVar(&s.auth.fixedToken, "token", "", "accept this bearer token, as user 'token'")
	flag.BoolVar(&s.auth.inHeader, "token-in-header", false,
		"the handshake's token goes into the headers (default: trailers)")
	flag.BoolVar(&s.auth.noHandshake, "no-handshake", false,
		"Handshake is unimplemented: Basic is accepted on every call")
	flag.BoolVar(&s.auth.padded, "padded", false, "refuse Basic without base64's padding")
	flag.IntVar(&s.auth.uses, "token-uses", 0, "a token is good for so many calls (0: any)")
	flag.BoolVar(&s.auth.rotate, "rotate", false, "every answer carries a new token")
	flag.BoolVar(&s.tenants, "tenants", false,
		"one database for each user and value of the header x-tenant")
	flag.BoolVar(&s.sessions, "sessions", false, "session options kept under a cookie")
	flag.BoolVar(&s.gzip, "gzip", false, "compress messages where the client allows it")
	flag.StringVar(&s.callLog, "call-log", "", "write each call as a line of JSON to this file")
	flag.Parse()
	return s
}

func transportCredentials(s settings) (grpc.ServerOption, error) {
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

func middleware(s settings) ([]flight.ServerMiddleware, error) {
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
	if len(s.users) > 0 || s.auth.fixedToken != "" {
		chain = append(chain, newAuth(s.users, s.auth).middleware())
	}
	if s.sessions {
		chain = append(chain, flight.CreateServerMiddleware(
			session.NewServerSessionMiddleware(nil)))
	}
	return chain, nil
}

func listener(s settings) (net.Listener, string, error) {
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

func run(s settings) error {
	chain, err := middleware(s)
	if err != nil {
		return err
	}
	var options []grpc.ServerOption
	if s.cert != "" {
		option, err := transportCredentials(s)
		if err != nil {
			return err
		}
		options = append(options, option)
	}
	databases, err := newDatabases(s.tenants)
	if err != nil {
		return err
	}
	server := flight.NewServerWithMiddleware(chain, options...)
	server.RegisterFlightService(databases)
	l, uri, err := listener(s)
	if err != nil {
		return err
	}
	server.InitListener(l)
	fmt.Println("listening on", uri)
	return server.Serve()
}

func main() {
	if err := run(parseFlags()); err != nil {
		log.Fatal(err)
	}
}
