// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/example"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// infoList is the flag -sql-info ID=VALUE, the value in JSON (a number is an int64).
type infoList map[uint32]any

func (l infoList) String() string { return "" }

func (l infoList) Set(text string) error {
	id, value, _ := strings.Cut(text, "=")
	number, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal([]byte(value), &plain); err != nil {
		return fmt.Errorf("%q is no JSON: %w", value, err)
	}
	switch value := plain.(type) {
	case float64:
		l[uint32(number)] = int64(value)
	case string, bool:
		l[uint32(number)] = value
	default:
		return fmt.Errorf("%q: want a text, a number or a truth value", text)
	}
	return nil
}

func (s *server) registerSQLInfo() {
	known := infoList{
		uint32(flightsql.SqlInfoFlightSqlServerTransaction):                 int32(flightsql.SqlTransactionSavepoint),
		uint32(flightsql.SqlInfoFlightSqlServerCancel):                      true,
		uint32(flightsql.SqlInfoFlightSqlServerBulkIngestion):               true,
		uint32(flightsql.SqlInfoFlightSqlServerIngestTransactionsSupported): true,
	}
	if s.settings.escape != "" {
		known[uint32(flightsql.SqlInfoSearchStringEscape)] = s.settings.escape
	}
	for _, all := range []infoList{known, s.settings.sqlInfo} {
		for id, value := range all {
			_ = s.RegisterSqlInfo(flightsql.SqlInfo(id), value) // its types are all legal
		}
	}
}

func (s *server) knowsInfo(id uint32) bool {
	_, given := s.settings.sqlInfo[id]
	_, basic := example.SqlInfoResultMap()[id]
	switch flightsql.SqlInfo(id) {
	case flightsql.SqlInfoFlightSqlServerCancel, flightsql.SqlInfoFlightSqlServerBulkIngestion,
		flightsql.SqlInfoFlightSqlServerIngestTransactionsSupported:
		return true
	case flightsql.SqlInfoSearchStringEscape:
		return given || s.settings.escape != ""
	}
	return given || basic
}

type infoIDs []uint32

func (i infoIDs) GetInfo() []uint32 { return i }

func (s *server) GetFlightInfoSqlInfo(ctx context.Context, command flightsql.GetSqlInfo, descriptor *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	info, err := s.SQLiteFlightSQLServer.GetFlightInfoSqlInfo(ctx, command, descriptor)
	return s.withoutSchema(info), err
}

func (s *server) DoGetSqlInfo(ctx context.Context, command flightsql.GetSqlInfo) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	if s.settings.unknownInfo && len(command.GetInfo()) > 0 {
		known := infoIDs{0} // more than was asked for is legal, none would be all
		for _, id := range command.GetInfo() {
			if s.knowsInfo(id) && id != 0 {
				known = append(known, id)
			}
		}
		command = known
	}
	schema, chunks, err := s.SQLiteFlightSQLServer.DoGetSqlInfo(ctx, command)
	if err != nil || !s.settings.permuted {
		return schema, chunks, err
	}
	chunk := <-chunks
	if chunk.Err != nil {
		return nil, nil, chunk.Err
	}
	batch, err := permuted(chunk.Data)
	if err != nil {
		return nil, nil, err
	}
	return one(batch)
}

// permuted has the union's children in another order, under type ids that are not their
// places, which a schema may say.
func permuted(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	values := batch.Column(1).(*array.DenseUnion)
	count := values.NumFields()
	kind := values.UnionType()
	code := func(child int) arrow.UnionTypeCode { return arrow.UnionTypeCode(10 + 7*child) }
	var names []string
	var codes []arrow.UnionTypeCode
	var children []arrow.Array
	for child := count - 1; child >= 0; child-- {
		names = append(names, kind.Fields()[child].Name)
		codes = append(codes, code(child))
		children = append(children, values.Field(child))
	}
	ids, offsets := array.NewInt8Builder(memory.DefaultAllocator), array.NewInt32Builder(memory.DefaultAllocator)
	defer ids.Release()
	defer offsets.Release()
	for i := range values.Len() {
		ids.Append(int8(code(values.ChildID(i))))
		offsets.Append(values.ValueOffset(i))
	}
	union, err := array.NewDenseUnionFromArraysWithFieldCodes(ids.NewArray(), offsets.NewArray(), children, names, codes)
	if err != nil {
		return nil, err
	}
	fields := batch.Schema().Fields()
	fields[1].Type = union.DataType()
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), []arrow.Array{batch.Column(0), union}, batch.NumRows()), nil
}
