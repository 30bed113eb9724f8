// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// result is what a query returned, whole, cut into parts of about the same size, one
// for each endpoint. It is kept as long as its query is.
type result struct {
	ready  chan struct{} // closed when the rest holds
	err    error
	schema *arrow.Schema
	parts  [][]arrow.RecordBatch
	rows   int64

	mutex    sync.Mutex
	expiries map[[2]int]time.Time // by part and version of the ticket
	versions map[int]int
}

func newResult() *result {
	return &result{ready: make(chan struct{}), expiries: map[[2]int]time.Time{}, versions: map[int]int{}}
}

// expiry is when this ticket ends; a ticket begins when it is first asked for.
func (r *result) expiry(part, version int, lasts time.Duration) time.Time {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	key := [2]int{part, version}
	if _, found := r.expiries[key]; !found {
		r.expiries[key] = time.Now().Add(lasts)
	}
	return r.expiries[key]
}

func (r *result) part(number int) (batches, error) {
	if number < 0 || number >= len(r.parts) {
		return nil, invalid("no such ticket")
	}
	return array.NewRecordReader(r.schema, r.parts[number])
}

// materialise runs the query once.
func (s *server) materialise(ctx context.Context, q *query) error {
	q.result = newResult()
	s.fill(ctx, q)
	return q.result.err
}

func (s *server) fill(ctx context.Context, q *query) {
	r := q.result
	defer close(r.ready)
	ctx, end, err := q.run(ctx)
	if err != nil {
		r.err = err
		return
	}
	defer end()
	s.state.opened("queries", q.id, q.sql)
	defer s.state.closed("queries", q.id)
	defer func() {
		if cause := recover(); cause != nil {
			r.err = status.Errorf(codes.Internal, "panic: %v", cause)
		}
	}()
	reader, err := q.open(ctx)
	if err != nil {
		r.err = why(ctx, err)
		return
	}
	defer reader.Release()
	var all []arrow.RecordBatch
	for reader.Next() {
		batch := reader.RecordBatch()
		batch.Retain()
		all = append(all, batch)
		r.rows += batch.NumRows()
	}
	r.schema = reader.Schema()
	if err := reader.Err(); err != nil {
		r.err = why(ctx, err)
		return
	}
	parts := int64(max(1, q.endpoints))
	for part := range parts {
		r.parts = append(r.parts, slice(all, part*r.rows/parts, (part+1)*r.rows/parts))
	}
}

// slice is the rows from one number to another.
func slice(all []arrow.RecordBatch, from, to int64) []arrow.RecordBatch {
	var part []arrow.RecordBatch
	for _, batch := range all {
		rows := batch.NumRows()
		if from < rows && to > 0 && from < to {
			part = append(part, batch.NewSlice(max(from, 0), min(to, rows)))
		}
		from, to = from-rows, to-rows
	}
	return part
}

// infoSoFar has the first endpoints of a result that is there.
func (s *server) infoSoFar(q *query, descriptor *flight.FlightDescriptor, endpoints int) *flight.FlightInfo {
	info := s.emptyInfo(q, descriptor)
	info.Schema = flight.SerializeSchema(q.result.schema, s.Alloc)
	if endpoints == len(q.result.parts) {
		info.TotalRecords = q.result.rows
	}
	for part := range endpoints {
		if endpoint, err := s.endpoint(q, part, 0); err == nil {
			info.Endpoint = append(info.Endpoint, endpoint)
		}
	}
	return info
}

// RenewFlightEndpoint gives a new ticket; the old one ends when it would have.
func (s *server) RenewFlightEndpoint(_ context.Context, request *flight.RenewFlightEndpointRequest) (*flight.FlightEndpoint, error) {
	ticket, err := flightsql.GetStatementQueryTicket(request.GetEndpoint().GetTicket())
	if err != nil {
		return nil, invalid("no such ticket: %v", err)
	}
	q, part, version, err := s.redeem(ticket.GetStatementHandle())
	if err != nil {
		return nil, err
	}
	if q.result == nil || q.expires == 0 {
		return nil, invalid("this endpoint does not expire")
	}
	if time.Now().After(q.result.expiry(part, version, q.expires)) {
		return nil, invalid("the endpoint has expired")
	}
	q.result.mutex.Lock()
	q.result.versions[part]++
	version = q.result.versions[part]
	q.result.mutex.Unlock()
	return s.endpoint(q, part, version)
}

func (s *server) PollFlightInfoStatement(ctx context.Context, command flightsql.StatementQuery, descriptor *flight.FlightDescriptor) (*flight.PollInfo, error) {
	q, err := s.statement(ctx, command.GetQuery(), command.GetTransactionId())
	if err != nil {
		return nil, err
	}
	return s.startPoll(ctx, q, descriptor)
}

// startPoll lets the query run on its own, whatever becomes of this call.
func (s *server) startPoll(ctx context.Context, q *query, descriptor *flight.FlightDescriptor) (*flight.PollInfo, error) {
	q.result = newResult()
	go s.fill(context.WithoutCancel(ctx), q)
	return s.poll(ctx, q, descriptor)
}

// PollFlightInfo goes on where the newest descriptor, or the one before it in case the
// answer was lost, left off.
func (s *server) PollFlightInfo(ctx context.Context, descriptor *flight.FlightDescriptor) (*flight.PollInfo, error) {
	words := strings.Split(string(descriptor.GetCmd()), "/")
	if len(words) != 3 || words[0] != "poll" {
		return nil, status.Error(codes.Unimplemented, "this command cannot be polled")
	}
	s.mutex.Lock()
	q := s.queries[words[1]]
	s.mutex.Unlock()
	seen, err := strconv.Atoi(words[2])
	if q == nil || err != nil {
		return nil, invalid("no such query")
	}
	q.mutex.Lock()
	behind := q.polls - seen
	q.mutex.Unlock()
	if behind != 0 && behind != 1 {
		return nil, invalid("a stale descriptor: this is poll %d, it is of poll %d", q.polls, seen)
	}
	return s.poll(ctx, q, descriptor)
}

func (s *server) poll(ctx context.Context, q *query, descriptor *flight.FlightDescriptor) (*flight.PollInfo, error) {
	ready := false
	select { // no longer than a poll takes
	case <-q.result.ready:
		ready = true
		if err := sleep(ctx, q.wait); err != nil {
			return nil, answerable(err)
		}
	case <-time.After(max(q.wait, time.Millisecond)):
	case <-ctx.Done():
		return nil, answerable(ctx.Err())
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.cancelled {
		return nil, errCancelled
	}
	if ready && q.result.err != nil {
		return nil, q.result.err
	}
	if q.polls+1 == q.lost && !q.lostOne {
		q.lostOne = true
		return nil, status.Error(codes.Unavailable, "this poll is lost")
	}
	q.polls++
	if !ready {
		return s.pollInfo(q, s.emptyInfo(q, descriptor), 0), nil
	}
	q.steps = min(q.steps+1, max(1, q.directives.poll))
	done := float64(q.steps) / float64(max(1, q.directives.poll))
	endpoints := int(done * float64(len(q.result.parts)))
	return s.pollInfo(q, s.infoSoFar(q, descriptor, endpoints), done), nil
}

func (s *server) pollInfo(q *query, info *flight.FlightInfo, done float64) *flight.PollInfo {
	answer := &flight.PollInfo{Info: info, Progress: &done}
	if number := q.polls - 1; number < len(q.progress) {
		if told, err := strconv.ParseFloat(q.progress[number], 64); err == nil {
			answer.Progress = &told
		} else {
			answer.Progress = nil
		}
	}
	if done < 1 {
		answer.FlightDescriptor = &flight.FlightDescriptor{Type: flight.DescriptorCMD,
			Cmd: fmt.Appendf(nil, "poll/%s/%d", q.id, q.polls)}
	}
	return answer
}
