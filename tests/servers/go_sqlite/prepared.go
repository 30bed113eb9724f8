// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// prepared is a prepared statement. Binding makes a new one, so that queries which
// were asked for before keep what was bound then.
type prepared struct {
	sql        string
	on         runner // the transaction of its creation, if any
	statement  *sql.Stmt
	parameters *arrow.Schema // what they want to be, nil: anything
	names      []string
	bound      [][]any // nil: nothing
}

func (s *server) lookUp(handle []byte) (*prepared, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if p, found := s.prepared[string(handle)]; found {
		return p, nil
	}
	return nil, invalid("prepared statement not found")
}

func (s *server) CreatePreparedStatement(ctx context.Context, request flightsql.ActionCreatePreparedStatementRequest) (result flightsql.ActionCreatePreparedStatementResult, err error) {
	p := &prepared{sql: request.GetQuery(), names: placeholders(request.GetQuery())}
	if p.on, err = s.runner(ctx, request.GetTransactionId()); err != nil {
		return result, err
	}
	// Not with the call's context: that of a transaction's statement ends it.
	if p.statement, err = p.on.PrepareContext(context.WithoutCancel(ctx), p.sql); err != nil {
		return result, answerable(err)
	}
	if s.settings.schemas == "given" {
		if p.parameters, err = s.parameterSchema(p.names); err != nil {
			return result, err
		}
		result.ParameterSchema = p.parameters
		result.DatasetSchema = s.datasetSchema(ctx, p)
	}
	result.IsUpdate = s.isUpdate(p.sql)
	result.Handle = []byte(rand.Text())
	s.mutex.Lock()
	s.prepared[string(result.Handle)] = p
	s.mutex.Unlock()
	s.state.opened("prepared", string(result.Handle), p.sql)
	return result, nil
}

func (s *server) isUpdate(sql string) *bool {
	right := isUpdate(sql)
	switch s.settings.isUpdate {
	case "right":
	case "true", "false":
		right = s.settings.isUpdate == "true"
	default:
		return nil
	}
	return &right
}

var arrowTypes = map[string]arrow.DataType{
	"null": arrow.Null, "bool": arrow.FixedWidthTypes.Boolean,
	"int8": arrow.PrimitiveTypes.Int8, "int16": arrow.PrimitiveTypes.Int16,
	"int32": arrow.PrimitiveTypes.Int32, "int64": arrow.PrimitiveTypes.Int64,
	"float": arrow.PrimitiveTypes.Float32, "double": arrow.PrimitiveTypes.Float64,
	"utf8": arrow.BinaryTypes.String, "binary": arrow.BinaryTypes.Binary,
	"date32":        arrow.FixedWidthTypes.Date32,
	"timestamp_us":  &arrow.TimestampType{Unit: arrow.Microsecond},
	"decimal(10,2)": &arrow.Decimal128Type{Precision: 10, Scale: 2},
}

// parameterSchema names bare parameters by their numbers. SQLite takes any type; the
// flag makes it choosy.
func (s *server) parameterSchema(names []string) (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		kind := arrow.DataType(arrow.Null)
		if i < len(s.settings.parameterTypes) {
			known, found := arrowTypes[s.settings.parameterTypes[i]]
			if !found {
				return nil, invalid("no type %s", s.settings.parameterTypes[i])
			}
			kind = known
		}
		if name == "" {
			name = "?"
		}
		fields[i] = arrow.Field{Name: name, Type: kind, Nullable: true}
	}
	return arrow.NewSchema(fields, nil), nil
}

// datasetSchema is what the example's reader makes of the query with NULLs bound.
func (s *server) datasetSchema(ctx context.Context, p *prepared) *arrow.Schema {
	if isUpdate(p.sql) || strings.Contains(strings.ToUpper(p.sql), "RETURNING") {
		return nil
	}
	nothing := make([]any, len(p.names))
	for i, name := range p.names {
		nothing[i] = argument(name, nil)
	}
	reader, err := s.read(ctx, p.on, nil, p.sql, nothing...)
	if err != nil {
		return nil
	}
	defer reader.Release()
	return reader.Schema()
}

func (s *server) ClosePreparedStatement(_ context.Context, request flightsql.ActionClosePreparedStatementRequest) error {
	handle := string(request.GetPreparedStatementHandle())
	if handle == "" {
		s.state.count("empty handles closed", 1)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if handle == "" && s.settings.closeAll {
		for handle, p := range s.prepared {
			s.close(handle, p)
		}
		return nil
	}
	p, found := s.prepared[handle]
	if !found {
		return invalid("prepared statement not found")
	}
	s.close(handle, p)
	return nil
}

func (s *server) close(handle string, p *prepared) {
	delete(s.prepared, handle)
	_ = p.statement.Close()
	s.state.closed("prepared", handle)
}

func (s *server) preparedQuery(handle []byte) (*query, error) {
	p, err := s.lookUp(handle)
	if err != nil {
		return nil, err
	}
	return s.newQuery(p.sql, func(ctx context.Context) (batches, error) {
		if p.bound == nil {
			return s.read(ctx, p.on, nil, p.sql)
		}
		return s.readEach(ctx, p)
	}), nil
}

func (s *server) GetFlightInfoPreparedStatement(ctx context.Context, command flightsql.PreparedStatementQuery, descriptor *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	q, err := s.preparedQuery(command.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	return s.info(ctx, q, descriptor)
}

func (s *server) GetSchemaPreparedStatement(ctx context.Context, command flightsql.PreparedStatementQuery, _ *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	q, err := s.preparedQuery(command.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	return s.schemaOf(ctx, q)
}

func (s *server) PollFlightInfoPreparedStatement(ctx context.Context, command flightsql.PreparedStatementQuery, descriptor *flight.FlightDescriptor) (*flight.PollInfo, error) {
	q, err := s.preparedQuery(command.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	return s.startPoll(ctx, q, descriptor)
}

func (s *server) DoPutPreparedStatementQuery(_ context.Context, command flightsql.PreparedStatementQuery, reader flight.MessageReader, _ flight.MetadataWriter) ([]byte, error) {
	handle := command.GetPreparedStatementHandle()
	p, err := s.lookUp(handle)
	if err != nil {
		return nil, err
	}
	bound, err := s.parameters(p, reader)
	if err != nil {
		return nil, err
	}
	again := *p
	again.bound = bound
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.settings.bound == "new" {
		delete(s.prepared, string(handle))
		s.state.closed("prepared", string(handle))
		s.state.count("handles replaced", 1)
		handle = []byte(rand.Text())
		s.state.opened("prepared", string(handle), p.sql)
	}
	s.prepared[string(handle)] = &again
	return handle, nil
}

func (s *server) DoPutPreparedStatementUpdate(ctx context.Context, command flightsql.PreparedStatementUpdate, reader flight.MessageReader) (int64, error) {
	p, err := s.lookUp(command.GetPreparedStatementHandle())
	if err != nil {
		return 0, err
	}
	bound, err := s.parameters(p, reader)
	if err != nil {
		return 0, err
	}
	if bound == nil {
		bound = p.bound
	}
	if bound == nil {
		result, err := p.statement.ExecContext(ctx)
		if err != nil {
			return 0, answerable(err)
		}
		return result.RowsAffected()
	}
	var total int64
	err = atomically(ctx, p.on, func(tx *sql.Tx) error {
		statement := p.statement
		if _, within := p.on.(*sql.Tx); !within {
			if statement, err = tx.PrepareContext(ctx, p.sql); err != nil {
				return err
			}
			defer statement.Close()
		}
		for _, row := range bound {
			result, err := statement.ExecContext(ctx, row...)
			if err != nil {
				return err
			}
			changed, err := result.RowsAffected()
			if err != nil {
				return err
			}
			total += changed
		}
		return nil
	})
	if err != nil {
		return 0, answerable(err)
	}
	return total, nil
}

// parameters reads what is bound, nil when the stream has no batch.
func (s *server) parameters(p *prepared, reader flight.MessageReader) ([][]any, error) {
	var bound [][]any
	for reader.Next() {
		batch := reader.RecordBatch()
		if s.settings.bind == "none" {
			return nil, status.Error(codes.Unimplemented, "parameters cannot be bound here")
		}
		places, err := s.matched(p, batch.Schema())
		if err != nil {
			return nil, err
		}
		rows, err := valuesOf(batch)
		if err != nil {
			return nil, err
		}
		if bound == nil {
			bound = [][]any{}
		}
		for _, row := range rows {
			arguments := make([]any, len(row))
			for i, place := range places {
				arguments[place] = argument(p.names[place], row[i])
			}
			bound = append(bound, arguments)
		}
	}
	if err := reader.Err(); err != nil {
		return nil, invalid("the parameters cannot be read: %v", err)
	}
	if s.settings.bind == "one" && len(bound) > 1 {
		return nil, invalid("one row of parameters at most, here are %d", len(bound))
	}
	return bound, nil
}

// matched says the place of the parameter that each bound column is for: the one of its
// name, where that is a parameter's, else the one of its own place.
func (s *server) matched(p *prepared, schema *arrow.Schema) ([]int, error) {
	if schema.NumFields() != len(p.names) {
		return nil, invalid("the statement has %d parameters, %d are bound", len(p.names), schema.NumFields())
	}
	places := make([]int, len(p.names))
	taken := make([]bool, len(p.names))
	for i, field := range schema.Fields() {
		place := i
		for j, name := range p.names {
			if plain := strings.TrimLeft(name, prefixes); plain != "" && plain == strings.TrimLeft(field.Name, prefixes) {
				place = j
			}
		}
		if taken[place] {
			return nil, invalid("parameter %d is bound twice, by column %q last", place+1, field.Name)
		}
		places[i], taken[place] = place, true
		if p.parameters == nil {
			continue
		}
		if want := p.parameters.Field(place).Type; want.ID() != arrow.NULL && !arrow.TypeEqual(want, field.Type) {
			return nil, invalid("parameter %d is %s, not %s", place+1, want, field.Type)
		}
	}
	return places, nil
}

// argument is a value for a parameter of this name; numbered ones go by their place.
func argument(name string, value any) any {
	plain := strings.TrimLeft(name, prefixes)
	if plain == "" || plain[0] >= '0' && plain[0] <= '9' {
		return value
	}
	return sql.Named(plain, value)
}

// readEach runs the statement once for each bound row, one result behind the other.
func (s *server) readEach(ctx context.Context, p *prepared) (batches, error) {
	if len(p.bound) == 0 {
		return nil, invalid("no row of parameters is bound")
	}
	first, err := s.read(ctx, p.on, nil, p.sql, p.bound[0]...)
	if err != nil {
		return nil, err
	}
	schema := first.Schema()
	return &chain{now: first, schema: schema, later: p.bound[1:], read: func(row []any) (batches, error) {
		return s.read(ctx, p.on, schema, p.sql, row...)
	}}, nil
}

type chain struct {
	now    batches
	schema *arrow.Schema
	later  [][]any
	read   func(row []any) (batches, error)
	err    error
}

func (c *chain) Schema() *arrow.Schema          { return c.schema }
func (c *chain) RecordBatch() arrow.RecordBatch { return c.now.RecordBatch() }
func (c *chain) Release()                       { c.now.Release() }

func (c *chain) Err() error {
	if c.err != nil {
		return c.err
	}
	return c.now.Err()
}

func (c *chain) Next() bool {
	for !c.now.Next() {
		if c.now.Err() != nil || len(c.later) == 0 {
			return false
		}
		next, err := c.read(c.later[0])
		if err != nil {
			c.err = err
			return false
		}
		c.later = c.later[1:]
		c.now.Release()
		c.now = next
	}
	return true
}
