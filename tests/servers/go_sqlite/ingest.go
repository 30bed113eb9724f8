// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// target is the table of an ingest.
type target struct {
	catalog, table string
	temporary      bool
	absent         flightsql.TableDefinitionOptionsTableNotExistOption
	present        flightsql.TableDefinitionOptionsTableExistsOption
}

func (t target) name() string { return quoted(t.catalog) + "." + quoted(t.table) }

// DoPutCommandStatementIngest stores all rows or, when anything fails, none; inside the
// transaction that the client names, else in one of its own.
func (s *server) DoPutCommandStatementIngest(ctx context.Context, command flightsql.StatementIngest, reader flight.MessageReader) (int64, error) {
	t, err := s.target(ctx, command)
	if err != nil {
		return 0, err
	}
	on, settle, err := s.ingestRunner(ctx, command.GetTransactionId(), t.temporary)
	if err != nil {
		return 0, err
	}
	var rows int64
	err = atomically(ctx, on, func(tx *sql.Tx) error {
		rows, err = t.ingest(ctx, tx, reader)
		return err
	})
	settle(err == nil)
	if err != nil {
		return 0, answerable(err)
	}
	return rows, nil
}

func (s *server) target(ctx context.Context, command flightsql.StatementIngest) (target, error) {
	options := command.GetTableDefinitionOptions()
	t := target{catalog: command.GetCatalog(), table: command.GetTable(), temporary: command.GetTemporary(),
		absent: options.GetIfNotExist(), present: options.GetIfExists()}
	switch {
	case t.table == "":
		return t, invalid("an ingest needs the name of a table")
	case command.GetSchema() != "":
		return t, status.Errorf(codes.NotFound, "no schema %q: there are none here", command.GetSchema())
	case t.temporary && t.catalog != "" && t.catalog != "temp":
		return t, invalid("temporary tables are not in a catalog")
	case t.temporary:
		t.catalog = "temp"
	case t.catalog == "":
		t.catalog = defaultCatalog(ctx)
	}
	if !s.hasCatalog(t.catalog) {
		return t, status.Errorf(codes.NotFound, "no catalog %q", t.catalog)
	}
	return t, nil
}

// ingestRunner keeps temporary tables with the session: on its connection, which the
// function makes so when it is told that there is one now.
func (s *server) ingestRunner(ctx context.Context, transactionID []byte, temporary bool) (runner, func(made bool), error) {
	nothing := func(bool) {}
	on, err := s.runner(ctx, transactionID)
	if err != nil || !temporary {
		return on, nothing, err
	}
	if len(transactionID) > 0 {
		t, err := s.transaction(transactionID)
		return on, func(made bool) { t.temporary = t.temporary || made }, err
	}
	if on != runner(s.db) {
		return on, nothing, nil
	}
	connection, err := s.db.Conn(ctx)
	if err != nil {
		return nil, nil, answerable(err)
	}
	return connection, func(made bool) {
		if !made || !s.sessions.settle(sessionOf(ctx), s, connection) {
			discard(connection)
		}
	}, nil
}

func (t target) ingest(ctx context.Context, tx *sql.Tx, reader flight.MessageReader) (int64, error) {
	// The schema may come late, or never when the client has no batch.
	more := reader.Next()
	if err := reader.Err(); err != nil {
		return 0, invalid("the data cannot be read: %v", err)
	}
	schema := reader.Schema()
	if schema == nil {
		return 0, invalid("an ingest needs a schema")
	}
	if err := t.prepare(ctx, tx, schema); err != nil {
		return 0, err
	}
	insert, err := t.insert(ctx, tx, schema)
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	var total int64
	for ; more; more = reader.Next() {
		rows, err := valuesOf(reader.RecordBatch())
		if err != nil {
			return 0, err
		}
		for _, row := range rows {
			if _, err := insert.ExecContext(ctx, row...); err != nil {
				return 0, err
			}
		}
		total += int64(len(rows))
	}
	if err := reader.Err(); err != nil {
		return 0, invalid("the data cannot be read: %v", err)
	}
	return total, nil
}

// prepare creates, replaces or refuses the table as the definition options say.
func (t target) prepare(ctx context.Context, tx *sql.Tx, schema *arrow.Schema) error {
	found, err := t.columns(ctx, tx)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		switch t.present {
		case flightsql.TableDefinitionOptionsTableExistsOptionAppend:
			return t.check(found, schema)
		case flightsql.TableDefinitionOptionsTableExistsOptionReplace:
			if _, err := tx.ExecContext(ctx, "DROP TABLE "+t.name()); err != nil {
				return err
			}
			return t.create(ctx, tx, schema)
		}
		return status.Errorf(codes.AlreadyExists, "table %s exists", t.table)
	}
	if t.absent != flightsql.TableDefinitionOptionsTableNotExistOptionCreate {
		return status.Errorf(codes.NotFound, "no such table: %s", t.table)
	}
	return t.create(ctx, tx, schema)
}

func (t target) columns(ctx context.Context, tx *sql.Tx) ([]string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT name FROM pragma_table_info(?, ?)", t.table, t.catalog)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func (t target) check(found []string, schema *arrow.Schema) error {
	known := map[string]bool{}
	for _, name := range found {
		known[strings.ToLower(name)] = true
	}
	for _, field := range schema.Fields() {
		if !known[strings.ToLower(field.Name)] {
			return invalid("table %s has no column %s", t.table, field.Name)
		}
	}
	return nil
}

func (t target) create(ctx context.Context, tx *sql.Tx, schema *arrow.Schema) error {
	columns := make([]string, schema.NumFields())
	for i, field := range schema.Fields() {
		columns[i] = quoted(field.Name) + " " + declared(field.Type)
		if !field.Nullable {
			columns[i] += " NOT NULL"
		}
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("CREATE TABLE %s (%s)", t.name(), strings.Join(columns, ", ")))
	return err
}

func (t target) insert(ctx context.Context, tx *sql.Tx, schema *arrow.Schema) (*sql.Stmt, error) {
	names := make([]string, schema.NumFields())
	for i, field := range schema.Fields() {
		names[i] = quoted(field.Name)
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
	return tx.PrepareContext(ctx,
		fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name(), strings.Join(names, ", "), marks))
}
