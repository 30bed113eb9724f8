// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/example"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// sqlSettings are the ways in which Flight SQL servers differ from each other.
type sqlSettings struct {
	schemas        string   // of prepared statements: none, or given
	parameterTypes nameList // what the parameters want to be, in order
	isUpdate       string   // unset, right, true or false
	bind           string   // all, one or none
	bound          string   // putSettings.bound
	closeAll       bool     // an empty handle closes all prepared statements
	singleUse      bool     // a ticket is good for one DoGet
	locations      nameList
	endpoints      int
	expires        time.Duration
	pollSteps      int
	pollWait       time.Duration
	pollLost       int // this poll is lost once: UNAVAILABLE
	sqlInfo        infoList
	permuted       bool // the type ids and children of SqlInfo's union
	unknownInfo    bool // unknown SqlInfo ids are left out, not an error
	escape         string
	protoNames     bool // the schema key of columns as FlightSql.proto spells it
	exampleReader  bool // as the example reads results, with its faults
	odd            bool // metadata in large_utf8, upper case, another order
}

// server is the example's metadata with statements, transactions, prepared statements,
// ingests, polls and sessions of our own.
type server struct {
	*example.SQLiteFlightSQLServer
	db       *sql.DB
	settings sqlSettings
	catalogs []string
	state    *state
	sessions *sessions

	mutex        sync.Mutex
	transactions map[string]*transaction
	prepared     map[string]*prepared
	queries      map[string]*query
	newest       []string // ids of queries, oldest first
}

func newSQLServer(base *example.SQLiteFlightSQLServer, db *sql.DB, d *databases) *server {
	s := &server{
		SQLiteFlightSQLServer: base, db: db, settings: d.sql,
		catalogs: append([]string{"main"}, d.settings.catalogs...),
		state:    d.state, sessions: d.sessions,
		transactions: map[string]*transaction{},
		prepared:     map[string]*prepared{},
		queries:      map[string]*query{},
	}
	s.registerSQLInfo()
	d.sessions.atEnd(s.sessionEnded)
	return s
}

func (s *server) hasCatalog(name string) bool {
	return name == "temp" || slices.Contains(s.catalogs, name)
}

// runner is what SQL runs on: the pool, a session's connection or a transaction.
type runner interface {
	QueryContext(ctx context.Context, query string, arguments ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, arguments ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func (s *server) runner(ctx context.Context, transactionID []byte) (runner, error) {
	if len(transactionID) > 0 {
		t, err := s.transaction(transactionID)
		if err != nil {
			return nil, err
		}
		return t.tx, nil
	}
	if home := s.sessions.home(ctx, s); home != nil {
		return home, nil
	}
	return s.db, nil
}

// atomically runs SQL that is done as a whole or not at all, inside the transaction
// that the runner is, or in one of its own.
func atomically(ctx context.Context, r runner, what func(*sql.Tx) error) error {
	if tx, is := r.(*sql.Tx); is {
		return nested(ctx, tx, what)
	}
	beginner := r.(interface {
		BeginTx(ctx context.Context, options *sql.TxOptions) (*sql.Tx, error)
	})
	tx, err := beginner.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := what(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func nested(ctx context.Context, tx *sql.Tx, what func(*sql.Tx) error) error {
	name := quoted("nested " + rand.Text())
	if _, err := tx.ExecContext(ctx, "SAVEPOINT "+name); err != nil {
		return err
	}
	err := what(tx)
	if err != nil {
		_, _ = tx.Exec("ROLLBACK TO " + name)
	}
	_, releaseErr := tx.Exec("RELEASE " + name)
	return errors.Join(err, releaseErr)
}

func quoted(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func invalid(format string, arguments ...any) error {
	return status.Errorf(codes.InvalidArgument, format, arguments...)
}

// answerable gives errors of the context and of locks their gRPC codes. What SQLite says
// of a statement stays UNKNOWN, as the example has it.
func answerable(err error) error {
	var coded interface{ Code() int }
	const primary, busy, locked = 0xff, 5, 6
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, err.Error())
	case errors.As(err, &coded) && (coded.Code()&primary == busy || coded.Code()&primary == locked):
		return status.Error(codes.Aborted, err.Error())
	}
	return err
}
