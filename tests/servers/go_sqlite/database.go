// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/example"
	"github.com/apache/arrow-go/v18/arrow/flight/session"
	"google.golang.org/grpc/metadata"
)

// databases hands each call to the database of its user and tenant, or all
// calls to one.
type databases struct {
	flight.BaseFlightServer
	apart bool

	mutex sync.Mutex
	open  map[tenant]flight.FlightServer
}

type tenant struct{ user, name string }

func newDatabases(apart bool) (*databases, error) {
	d := &databases{apart: apart, open: map[tenant]flight.FlightServer{}}
	_, err := d.of(context.Background()) // what cannot work fails at the start
	return d, err
}

func (d *databases) of(ctx context.Context) (flight.FlightServer, error) {
	var t tenant
	if d.apart {
		t.user = userOf(ctx)
		headers, _ := metadata.FromIncomingContext(ctx)
		if values := headers.Get("x-tenant"); len(values) > 0 {
			t.name = values[0]
		}
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if server, found := d.open[t]; found {
		return server, nil
	}
	server, err := newServer(t)
	if err == nil {
		d.open[t] = server
	}
	return server, err
}

// newServer makes the example's tables and one more, whoami, with one row.
func newServer(t tenant) (flight.FlightServer, error) {
	db, err := example.CreateDB()
	if err != nil {
		return nil, err
	}
	if err := createWhoami(db, t); err != nil {
		return nil, err
	}
	base, err := example.NewSQLiteFlightSQLServer(db)
	if err != nil {
		return nil, err
	}
	return flightsql.NewFlightServer(&server{base}), nil
}

func createWhoami(db *sql.DB, t tenant) error {
	_, err := db.Exec(`CREATE TABLE whoami (user varchar(100), tenant varchar(100))`)
	if err != nil {
		return err
	}
	_, err = db.Exec(`INSERT INTO whoami VALUES (?, ?)`, t.user, t.name)
	return err
}

func (d *databases) GetFlightInfo(ctx context.Context, request *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	server, err := d.of(ctx)
	if err != nil {
		return nil, err
	}
	return server.GetFlightInfo(ctx, request)
}

func (d *databases) GetSchema(ctx context.Context, request *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	server, err := d.of(ctx)
	if err != nil {
		return nil, err
	}
	return server.GetSchema(ctx, request)
}

func (d *databases) PollFlightInfo(ctx context.Context, request *flight.FlightDescriptor) (*flight.PollInfo, error) {
	server, err := d.of(ctx)
	if err != nil {
		return nil, err
	}
	return server.PollFlightInfo(ctx, request)
}

func (d *databases) DoGet(request *flight.Ticket, stream flight.FlightService_DoGetServer) error {
	server, err := d.of(stream.Context())
	if err != nil {
		return err
	}
	return server.DoGet(request, stream)
}

func (d *databases) DoPut(stream flight.FlightService_DoPutServer) error {
	server, err := d.of(stream.Context())
	if err != nil {
		return err
	}
	return server.DoPut(stream)
}

func (d *databases) DoAction(request *flight.Action, stream flight.FlightService_DoActionServer) error {
	server, err := d.of(stream.Context())
	if err != nil {
		return err
	}
	return server.DoAction(request, stream)
}

func (d *databases) ListActions(request *flight.Empty, stream flight.FlightService_ListActionsServer) error {
	server, err := d.of(stream.Context())
	if err != nil {
		return err
	}
	return server.ListActions(request, stream)
}

// server is the example with sessions.
type server struct {
	*example.SQLiteFlightSQLServer
}

func (s *server) SetSessionOptions(ctx context.Context, request *flight.SetSessionOptionsRequest) (*flight.SetSessionOptionsResult, error) {
	current, err := session.GetSessionFromContext(ctx)
	if err != nil {
		return nil, err
	}
	for name, value := range request.GetSessionOptions() {
		current.SetSessionOption(name, value) // a value that is not set erases
	}
	return &flight.SetSessionOptionsResult{}, nil
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
	return &flight.CloseSessionResult{Status: flight.CloseSessionResultClosed}, nil
}
