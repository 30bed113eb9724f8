// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/example"
	"google.golang.org/grpc/metadata"
	"modernc.org/sqlite"
)

// databases hands each call to the database of its user and tenant, or all
// calls to one.
type databases struct {
	flight.BaseFlightServer
	settings databaseSettings
	sql      sqlSettings
	state    *state
	sessions *sessions

	mutex sync.Mutex
	open  map[tenant]flight.FlightServer
}

type databaseSettings struct {
	folder         string // of the files
	apart          bool   // one database for each tenant
	catalogs       nameList
	tables, fields int // made for tests of metadata
}

type tenant struct{ user, name string }

func newDatabases(settings databaseSettings, sql sqlSettings, state *state, sessions *sessions) (*databases, error) {
	d := &databases{settings: settings, sql: sql, state: state, sessions: sessions,
		open: map[tenant]flight.FlightServer{}}
	attachCatalogs(settings.catalogs)
	_, err := d.of(context.Background()) // what cannot work fails at the start
	return d, err
}

func (d *databases) of(ctx context.Context) (flight.FlightServer, error) {
	var t tenant
	if d.settings.apart {
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
	server, err := d.newServer(t)
	if err == nil {
		d.open[t] = server
	}
	return server, err
}

// newServer makes the example's tables and one more, whoami, with one row.
func (d *databases) newServer(t tenant) (flight.FlightServer, error) {
	path := filepath.Join(d.settings.folder, fmt.Sprintf("%d.db", len(d.open)))
	if err := createExample(path); err != nil {
		return nil, err
	}
	// A file with a write-ahead log, not the example's shared cache, so that open
	// transactions neither block readers nor are seen by them.
	db, err := sql.Open("sqlite", "file:"+path+"?"+url.Values{"_pragma": {
		"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(OFF)"}}.Encode())
	if err != nil {
		return nil, err
	}
	if err := createWhoami(db, t); err != nil {
		return nil, err
	}
	if err := createMany(db, d.settings.tables, d.settings.fields); err != nil {
		return nil, err
	}
	base, err := example.NewSQLiteFlightSQLServer(db)
	if err != nil {
		return nil, err
	}
	return flightsql.NewFlightServer(newSQLServer(base, db, d)), nil
}

// createExample writes the example's database, which it makes in memory, to a file.
func createExample(path string) error {
	memory, err := example.CreateDB()
	if err != nil {
		return err
	}
	defer memory.Close()
	_, err = memory.Exec("VACUUM INTO ?", path)
	return err
}

func createWhoami(db *sql.DB, t tenant) error {
	_, err := db.Exec(`CREATE TABLE whoami (user varchar(100), tenant varchar(100))`)
	if err != nil {
		return err
	}
	_, err = db.Exec(`INSERT INTO whoami VALUES (?, ?)`, t.user, t.name)
	return err
}

// createMany makes many_0001 and so on, each with a key and fields of four types.
func createMany(db *sql.DB, tables, fields int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	types := []string{"INTEGER", "varchar(100)", "DOUBLE", "BLOB"}
	for table := 1; table <= tables; table++ {
		columns := []string{"id INTEGER PRIMARY KEY NOT NULL"}
		for field := 1; field < fields; field++ {
			columns = append(columns, fmt.Sprintf("field_%02d %s", field, types[field%len(types)]))
		}
		_, err := tx.Exec(fmt.Sprintf("CREATE TABLE many_%04d (%s)", table, strings.Join(columns, ", ")))
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// attachCatalogs gives each connection to SQLite more catalogs beside main.
func attachCatalogs(names []string) {
	if len(names) == 0 {
		return
	}
	sqlite.RegisterConnectionHook(func(connection sqlite.ExecQuerierContext, source string) error {
		path, _, _ := strings.Cut(strings.TrimPrefix(source, "file:"), "?")
		if !strings.HasSuffix(path, ".db") { // the example's, in memory
			return nil
		}
		for _, name := range names {
			statement := "ATTACH DATABASE ? AS " + quoted(name)
			arguments := []driver.NamedValue{{Ordinal: 1, Value: path + "." + name}}
			if _, err := connection.ExecContext(context.Background(), statement, arguments); err != nil {
				return err
			}
		}
		return nil
	})
}

// discard closes a connection for good, with its temporary tables, instead of handing
// it back to the pool.
func discard(connection *sql.Conn) {
	_ = connection.Raw(func(any) error { return driver.ErrBadConn })
	_ = connection.Close()
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
