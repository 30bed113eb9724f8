// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/example"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const keptQueries = 10_000

var errCancelled = status.Error(codes.Canceled, "the query was cancelled")

// batches is what a result is read from; array.RecordReader without its past.
type batches interface {
	Schema() *arrow.Schema
	Next() bool
	RecordBatch() arrow.RecordBatch
	Err() error
	Release()
}

// query is a statement that a client asked for, from its FlightInfo on. It runs when
// its ticket is redeemed, or at once where the result is to have endpoints.
type query struct {
	directives
	id, sql string
	open    func(ctx context.Context) (batches, error)

	mutex     sync.Mutex
	cancelled bool
	redeemed  int
	running   map[int]context.CancelCauseFunc // by number of the run
	runs      int
	result    *result // nil: streamed
	polls     int     // answered
	steps     int     // of these, since the result is there
	lostOne   bool
}

func (s *server) newQuery(sql string, open func(ctx context.Context) (batches, error)) *query {
	q := &query{directives: s.directives(sql), id: rand.Text(), sql: sql, open: open,
		running: map[int]context.CancelCauseFunc{}}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.queries[q.id] = q
	s.newest = append(s.newest, q.id)
	if len(s.newest) > keptQueries {
		delete(s.queries, s.newest[0])
		s.newest = append(s.newest[:0:0], s.newest[1:]...)
	}
	return q
}

// run is a context that a cancellation of the query ends, and what ends the run.
func (q *query) run(ctx context.Context) (context.Context, func(), error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.cancelled {
		return nil, nil, errCancelled
	}
	ctx, cancel := context.WithCancelCause(ctx)
	number := q.runs
	q.runs++
	q.running[number] = cancel
	return ctx, func() {
		q.mutex.Lock()
		defer q.mutex.Unlock()
		cancel(nil)
		delete(q.running, number)
	}, nil
}

func (q *query) cancel() flight.CancelStatus {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.redeemed > 0 && len(q.running) == 0 && q.result == nil {
		return flight.CancelStatusNotCancellable // it is over
	}
	q.cancelled = true
	for _, cancel := range q.running {
		cancel(errCancelled)
	}
	return flight.CancelStatusCancelled
}

// why is the reason for which a run failed: the cancellation, if there was one.
func why(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errCancelled) {
		return errCancelled
	}
	return answerable(err)
}

func (s *server) statement(ctx context.Context, sql string, transactionID []byte) (*query, error) {
	on, err := s.runner(ctx, transactionID)
	if err != nil {
		return nil, err
	}
	return s.newQuery(sql, func(ctx context.Context) (batches, error) {
		return s.read(ctx, on, nil, sql)
	}), nil
}

// read runs SQL and reads its rows, as this schema if it is given.
func (s *server) read(ctx context.Context, on runner, schema *arrow.Schema, sql string, arguments ...any) (batches, error) {
	rows, err := on.QueryContext(ctx, sql, arguments...)
	if err != nil {
		_ = grpc.SetTrailer(ctx, metadata.Pairs("afsql-sqlite-query", sql)) // as the example
		return nil, err
	}
	if !s.settings.exampleReader {
		return newRowReader(s.Alloc, schema, rows)
	}
	whole := false
	defer func() {
		if !whole { // it panics at types it does not know
			_ = rows.Close()
		}
	}()
	var reader *example.SqlBatchReader
	if schema != nil {
		reader, err = example.NewSqlBatchReaderWithSchema(s.Alloc, schema, rows)
	} else {
		reader, err = example.NewSqlBatchReader(s.Alloc, rows)
	}
	whole = err == nil
	return reader, err
}

func (s *server) GetFlightInfoStatement(ctx context.Context, command flightsql.StatementQuery, descriptor *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	q, err := s.statement(ctx, command.GetQuery(), command.GetTransactionId())
	if err != nil {
		return nil, err
	}
	return s.info(ctx, q, descriptor)
}

func (s *server) info(ctx context.Context, q *query, descriptor *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	if err := sleep(ctx, q.directives.info); err != nil {
		return nil, err
	}
	if q.endpoints > 0 || q.expires > 0 {
		if err := s.materialise(ctx, q); err != nil {
			return nil, err
		}
		return s.infoSoFar(q, descriptor, len(q.result.parts)), nil
	}
	info := s.emptyInfo(q, descriptor)
	endpoint, err := s.endpoint(q, 0, 0)
	if err != nil {
		return nil, err
	}
	info.Endpoint = []*flight.FlightEndpoint{endpoint}
	if q.schema {
		reader, err := q.open(ctx)
		if err != nil {
			return nil, answerable(err)
		}
		defer reader.Release()
		info.Schema = flight.SerializeSchema(reader.Schema(), s.Alloc)
	}
	return info, nil
}

func (s *server) emptyInfo(q *query, descriptor *flight.FlightDescriptor) *flight.FlightInfo {
	return &flight.FlightInfo{FlightDescriptor: descriptor, TotalRecords: -1, TotalBytes: -1,
		AppMetadata: []byte("query/" + q.id)}
}

func (s *server) endpoint(q *query, part, version int) (*flight.FlightEndpoint, error) {
	ticket, err := flightsql.CreateStatementQueryTicket(fmt.Appendf(nil, "%s/%d/%d", q.id, part, version))
	if err != nil {
		return nil, err
	}
	endpoint := &flight.FlightEndpoint{Ticket: &flight.Ticket{Ticket: ticket}}
	for _, uri := range s.settings.locations {
		endpoint.Location = append(endpoint.Location, &flight.Location{Uri: uri})
	}
	if q.expires > 0 {
		endpoint.ExpirationTime = timestamppb.New(q.result.expiry(part, version, q.expires))
	}
	return endpoint, nil
}

// redeem finds the query, the part and the version of a ticket.
func (s *server) redeem(handle []byte) (q *query, part, version int, err error) {
	words := strings.Split(string(handle), "/")
	if len(words) == 3 {
		s.mutex.Lock()
		q = s.queries[words[0]]
		s.mutex.Unlock()
		part, _ = strconv.Atoi(words[1])
		version, _ = strconv.Atoi(words[2])
	}
	if q == nil {
		return nil, 0, 0, invalid("no such ticket")
	}
	return q, part, version, nil
}

func (s *server) DoGetStatement(ctx context.Context, ticket flightsql.StatementQueryTicket) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	q, part, version, err := s.redeem(ticket.GetStatementHandle())
	if err != nil {
		return nil, nil, err
	}
	if err := s.redeemed(q, part, version); err != nil {
		return nil, nil, err
	}
	call := ctx
	ctx, end, err := q.run(ctx)
	if err != nil {
		return nil, nil, err
	}
	var reader batches
	if q.result != nil {
		reader, err = q.result.part(part)
	} else {
		reader, err = q.open(ctx)
	}
	if err != nil {
		defer end()
		return nil, nil, why(ctx, err)
	}
	run := fmt.Sprintf("%s/%d/%p", q.id, part, reader)
	s.state.opened("queries", run, q.sql)
	chunks := make(chan flight.StreamChunk)
	go func() {
		defer close(chunks)
		defer end()
		defer s.state.closed("queries", run)
		defer reader.Release()
		pump(call, ctx, q, reader, chunks)
	}()
	return reader.Schema(), chunks, nil
}

func (s *server) redeemed(q *query, part, version int) error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.redeemed++
	if q.result != nil && q.expires > 0 && time.Now().After(q.result.expiry(part, version, q.expires)) {
		return invalid("the endpoint has expired")
	}
	if s.settings.singleUse && q.redeemed > max(1, q.endpoints) {
		return invalid("the ticket was used already")
	}
	return nil
}

// pump hands batches over until the call ends (nobody listens then) or the run does.
func pump(call, run context.Context, q *query, reader batches, chunks chan<- flight.StreamChunk) {
	send := func(chunk flight.StreamChunk) bool {
		select {
		case chunks <- chunk:
			return true
		case <-call.Done():
			if chunk.Data != nil {
				chunk.Data.Release()
			}
			return false
		}
	}
	defer func() {
		if cause := recover(); cause != nil {
			send(flight.StreamChunk{Err: status.Errorf(codes.Internal, "panic while reading: %v", cause)})
		}
	}()
	err := sleep(run, q.first)
	for err == nil && run.Err() == nil && reader.Next() {
		if err = sleep(run, q.each); err != nil {
			break
		}
		batch := reader.RecordBatch()
		batch.Retain()
		if !send(flight.StreamChunk{Data: batch}) {
			return
		}
	}
	if err = errors.Join(err, run.Err(), reader.Err()); err != nil {
		send(flight.StreamChunk{Err: why(run, err)})
	}
}

func sleep(ctx context.Context, duration time.Duration) error {
	if duration == 0 {
		return nil
	}
	select {
	case <-time.After(duration):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *server) GetSchemaStatement(ctx context.Context, command flightsql.StatementQuery, _ *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	q, err := s.statement(ctx, command.GetQuery(), command.GetTransactionId())
	if err != nil {
		return nil, err
	}
	return s.schemaOf(ctx, q)
}

func (s *server) schemaOf(ctx context.Context, q *query) (*flight.SchemaResult, error) {
	reader, err := q.open(ctx)
	if err != nil {
		return nil, answerable(err)
	}
	defer reader.Release()
	return &flight.SchemaResult{Schema: flight.SerializeSchema(reader.Schema(), s.Alloc)}, nil
}

// CancelFlightInfo answers CancelQuery too. The query is found by the FlightInfo's
// app_metadata or, where a client lost that, by its tickets.
func (s *server) CancelFlightInfo(_ context.Context, request *flight.CancelFlightInfoRequest) (flight.CancelFlightInfoResult, error) {
	q := s.queryOf(request.GetInfo())
	if q == nil {
		return flight.CancelFlightInfoResult{}, status.Error(codes.NotFound, "no such query")
	}
	outcome := q.cancel()
	if outcome == flight.CancelStatusCancelled {
		s.state.cancelled(q.sql)
	}
	return flight.CancelFlightInfoResult{Status: outcome}, nil
}

func (s *server) queryOf(info *flight.FlightInfo) *query {
	id := strings.TrimPrefix(string(info.GetAppMetadata()), "query/")
	s.mutex.Lock()
	q := s.queries[id]
	s.mutex.Unlock()
	for _, endpoint := range info.GetEndpoint() {
		if q != nil {
			break
		}
		if ticket, err := flightsql.GetStatementQueryTicket(endpoint.GetTicket()); err == nil {
			q, _, _, _ = s.redeem(ticket.GetStatementHandle())
		}
	}
	return q
}

func (s *server) DoPutCommandStatementUpdate(ctx context.Context, command flightsql.StatementUpdate) (int64, error) {
	on, err := s.runner(ctx, command.GetTransactionId())
	if err != nil {
		return 0, err
	}
	result, err := on.ExecContext(ctx, command.GetQuery())
	if err != nil {
		return 0, answerable(err)
	}
	return result.RowsAffected()
}
