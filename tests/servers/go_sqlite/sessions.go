// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/session"
)

// sessions keeps arrow-go's sessions, and with each the connections to SQLite that its
// temporary tables live on, once it has some.
type sessions struct {
	state *state

	mutex sync.Mutex
	open  map[string]session.ServerSession
	homes map[homeKey]*sql.Conn
	ended []func(id string)
}

type homeKey struct {
	database *server
	session  string
}

func newSessions(s *state) *sessions {
	return &sessions{state: s, open: map[string]session.ServerSession{}, homes: map[homeKey]*sql.Conn{}}
}

func (s *sessions) middleware() flight.ServerMiddleware {
	manager := session.NewStatefulServerSessionManager(session.WithStore(s))
	return flight.CreateServerMiddleware(session.NewServerSessionMiddleware(manager))
}

// Get, Put and Remove make it a session.SessionStore.
func (s *sessions) Get(id string) (session.ServerSession, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found, ok := s.open[id]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("no session %s", id)
}

func (s *sessions) Put(one session.ServerSession) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.open[one.Token()] = one
	s.state.opened("sessions", one.Token(), one.Token())
	return nil
}

func (s *sessions) Remove(id string) error {
	var homes []*sql.Conn
	s.mutex.Lock()
	delete(s.open, id)
	for key, home := range s.homes {
		if key.session == id {
			homes = append(homes, home)
			delete(s.homes, key)
		}
	}
	ended := s.ended
	s.mutex.Unlock()
	s.state.closed("sessions", id)
	for _, end := range ended {
		end(id)
	}
	for _, home := range homes {
		go discard(home) // waits for results that are still being read
	}
	return nil
}

// atEnd has a function called with the id of each session that ends.
func (s *sessions) atEnd(end func(id string)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.ended = append(s.ended, end)
}

func (s *sessions) dropAll() {
	s.mutex.Lock()
	ids := maps.Clone(s.open)
	s.mutex.Unlock()
	for id := range ids {
		_ = s.Remove(id)
	}
}

// sessionOf is the id of this call's session, "" when there are none.
func sessionOf(ctx context.Context) string {
	if current, err := session.GetSessionFromContext(ctx); err == nil {
		return current.Token()
	}
	return ""
}

// home is the connection of this call's session, nil when it needs none.
func (s *sessions) home(ctx context.Context, database *server) *sql.Conn {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.homes[homeKey{database, sessionOf(ctx)}]
}

// settle makes a connection the home of a session. False when there is no such
// session or it has a home: the connection stays the caller's.
func (s *sessions) settle(id string, database *server, home *sql.Conn) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key := homeKey{database, id}
	if _, found := s.open[id]; !found || s.homes[key] != nil {
		return false
	}
	s.homes[key] = home
	return true
}

func (s *server) SetSessionOptions(ctx context.Context, request *flight.SetSessionOptionsRequest) (*flight.SetSessionOptionsResult, error) {
	current, err := session.GetSessionFromContext(ctx)
	if err != nil {
		return nil, err
	}
	failed := map[string]*flight.SetSessionOptionsResultError{}
	for name, value := range request.GetSessionOptions() {
		switch {
		case name == "":
			failed[name] = &flight.SetSessionOptionsResultError{
				Value: flight.SetSessionOptionsResultErrorInvalidName}
		case name == "catalog" && value.GetOptionValue() != nil && !s.hasCatalog(value.GetStringValue()),
			name == "schema" && value.GetStringValue() != "":
			failed[name] = &flight.SetSessionOptionsResultError{
				Value: flight.SetSessionOptionsResultErrorInvalidValue}
		default:
			current.SetSessionOption(name, value) // a value that is not set erases
		}
	}
	return &flight.SetSessionOptionsResult{Errors: failed}, nil
}

func (s *server) GetSessionOptions(ctx context.Context, _ *flight.GetSessionOptionsRequest) (*flight.GetSessionOptionsResult, error) {
	current, err := session.GetSessionFromContext(ctx)
	if err != nil {
		return nil, err
	}
	return &flight.GetSessionOptionsResult{SessionOptions: current.GetSessionOptions()}, nil
}

func (s *server) CloseSession(ctx context.Context, _ *flight.CloseSessionRequest) (*flight.CloseSessionResult, error) {
	current, err := session.GetSessionFromContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := current.Close(); err != nil {
		return nil, err
	}
	_ = s.sessions.Remove(current.Token()) // the middleware does not, when no cookie came
	return &flight.CloseSessionResult{Status: flight.CloseSessionResultClosed}, nil
}

// defaultCatalog is the session's option "catalog", or main.
func defaultCatalog(ctx context.Context) string {
	if current, err := session.GetSessionFromContext(ctx); err == nil {
		if value := current.GetSessionOption("catalog").GetStringValue(); value != "" {
			return value
		}
	}
	return "main"
}
