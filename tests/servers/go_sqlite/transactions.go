// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"database/sql"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// transaction lives on a connection of its own, or on its session's.
type transaction struct {
	id         string
	session    string
	tx         *sql.Tx
	own        *sql.Conn // nil on a session's
	temporary  bool      // it made temporary tables, which stay on the connection
	savepoints []string  // ids, which are their names to SQLite too, outermost first
}

func (s *server) transaction(id []byte) (*transaction, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if t, found := s.transactions[string(id)]; found {
		return t, nil
	}
	return nil, invalid("invalid transaction handle provided")
}

func (s *server) BeginTransaction(ctx context.Context, _ flightsql.ActionBeginTransactionRequest) ([]byte, error) {
	t := &transaction{id: rand.Text(), session: sessionOf(ctx)}
	connection := s.sessions.home(ctx, s)
	if connection == nil {
		var err error
		if t.own, err = s.db.Conn(ctx); err != nil {
			return nil, answerable(err)
		}
		connection = t.own
	}
	var err error
	t.tx, err = connection.BeginTx(context.Background(), nil) // not the call's context, which ends
	if err != nil {
		if t.own != nil {
			_ = t.own.Close()
		}
		return nil, answerable(err)
	}
	s.mutex.Lock()
	s.transactions[t.id] = t
	s.mutex.Unlock()
	s.state.opened("transactions", t.id, t.session)
	return []byte(t.id), nil
}

func (s *server) EndTransaction(_ context.Context, request flightsql.ActionEndTransactionRequest) error {
	action := request.GetAction()
	if action != flightsql.EndTransactionCommit && action != flightsql.EndTransactionRollback {
		return invalid("must specify Commit or Rollback to end transaction")
	}
	s.mutex.Lock()
	t, found := s.transactions[string(request.GetTransactionId())]
	delete(s.transactions, string(request.GetTransactionId()))
	s.mutex.Unlock()
	if !found {
		return invalid("transaction id not found")
	}
	return s.end(t, action == flightsql.EndTransactionCommit)
}

func (s *server) end(t *transaction, commit bool) error {
	var err error
	if commit {
		if err = t.tx.Commit(); err != nil {
			_ = t.tx.Rollback()
		}
	} else {
		err = t.tx.Rollback()
	}
	s.leave(t, commit && err == nil)
	if commit && err == nil {
		s.state.count("committed", 1)
	} else {
		s.state.count("rolled back", 1)
	}
	s.state.closed("transactions", t.id)
	for _, savepoint := range t.savepoints {
		s.state.closed("savepoints", savepoint)
	}
	return answerable(err)
}

// leave decides what becomes of the transaction's connection.
func (s *server) leave(t *transaction, committed bool) {
	switch {
	case t.own == nil:
	case t.temporary && committed && s.sessions.settle(t.session, s, t.own):
	case t.temporary:
		discard(t.own)
	default:
		_ = t.own.Close()
	}
}

// sessionEnded rolls back what a session that is gone left open.
func (s *server) sessionEnded(id string) {
	var left []*transaction
	s.mutex.Lock()
	for key, t := range s.transactions {
		if t.session == id {
			left = append(left, t)
			delete(s.transactions, key)
		}
	}
	s.mutex.Unlock()
	for _, t := range left {
		_ = s.end(t, false)
	}
}

func (s *server) BeginSavepoint(ctx context.Context, request flightsql.ActionBeginSavepointRequest) ([]byte, error) {
	t, err := s.transaction(request.GetTransactionId())
	if err != nil {
		return nil, err
	}
	if request.GetName() == "" {
		return nil, invalid("a savepoint needs a name")
	}
	id := request.GetName() + " " + rand.Text() // names may be used again
	if _, err := t.tx.ExecContext(ctx, "SAVEPOINT "+quoted(id)); err != nil {
		return nil, answerable(err)
	}
	s.mutex.Lock()
	t.savepoints = append(t.savepoints, id)
	s.mutex.Unlock()
	s.state.opened("savepoints", id, request.GetName())
	return []byte(id), nil
}

// EndSavepoint releases a savepoint, which ends it, or rolls back to it, which does
// not; the later ones end in either case.
func (s *server) EndSavepoint(ctx context.Context, request flightsql.ActionEndSavepointRequest) error {
	id := string(request.GetSavepointId())
	s.mutex.Lock()
	t, at := s.savepoint(id)
	s.mutex.Unlock()
	if t == nil {
		return invalid("savepoint id not found")
	}
	kept := at
	statement := "RELEASE " + quoted(id)
	switch request.GetAction() {
	case flightsql.EndSavepointRelease:
	case flightsql.EndSavepointRollback:
		statement, kept = "ROLLBACK TO "+quoted(id), at+1
	default:
		return status.Error(codes.InvalidArgument, "must specify Release or Rollback to end a savepoint")
	}
	if _, err := t.tx.ExecContext(ctx, statement); err != nil {
		return answerable(err)
	}
	s.mutex.Lock()
	gone := t.savepoints[kept:]
	t.savepoints = t.savepoints[:kept:kept]
	s.mutex.Unlock()
	for _, savepoint := range gone {
		s.state.closed("savepoints", savepoint)
	}
	return nil
}

func (s *server) savepoint(id string) (*transaction, int) {
	for _, t := range s.transactions {
		for at, savepoint := range t.savepoints {
			if savepoint == id {
				return t, at
			}
		}
	}
	return nil, 0
}
