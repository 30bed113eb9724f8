// SPDX-License-Identifier: Apache-2.0

package main

import (
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

const rowsOfBatch = 1024

// rowReader reads rows as batches, with NULLs everywhere and types that the example's
// reader does not know. A column without a declared type, such as an expression, is of
// the type of its first value within the first batch, null when there is none.
type rowReader struct {
	rows    *sql.Rows
	schema  *arrow.Schema
	builder *array.RecordBuilder
	ahead   [][]any // rows that were read to see the types
	batch   arrow.RecordBatch
	err     error
}

// newRowReader takes the rows over.
func newRowReader(memory memory.Allocator, schema *arrow.Schema, rows *sql.Rows) (*rowReader, error) {
	r := &rowReader{rows: rows, schema: schema}
	if schema == nil {
		if err := r.look(); err != nil {
			_ = rows.Close()
			return nil, err
		}
	}
	r.builder = array.NewRecordBuilder(memory, r.schema)
	return r, nil
}

func (r *rowReader) Schema() *arrow.Schema          { return r.schema }
func (r *rowReader) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *rowReader) Err() error                     { return r.err }

func (r *rowReader) Release() {
	_ = r.rows.Close()
	r.drop()
	r.builder.Release()
}

func (r *rowReader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// look reads the first rows and makes the schema.
func (r *rowReader) look() error {
	columns, err := r.rows.ColumnTypes()
	if err != nil {
		return err
	}
	for len(r.ahead) < rowsOfBatch && r.rows.Next() {
		row, err := r.scan(len(columns))
		if err != nil {
			return err
		}
		r.ahead = append(r.ahead, row)
	}
	if err := r.rows.Err(); err != nil {
		return err
	}
	fields := make([]arrow.Field, len(columns))
	for i, column := range columns {
		kind, metadata := arrowType(column.DatabaseTypeName()), flightsql.NewColumnMetadataBuilder()
		if kind.ID() == arrow.NULL {
			kind = r.seen(i)
		}
		metadata.TypeName(column.DatabaseTypeName()).IsReadOnly(false).IsAutoIncrement(false)
		fields[i] = arrow.Field{Name: column.Name(), Type: kind, Nullable: true, Metadata: metadata.Metadata()}
	}
	r.schema = arrow.NewSchema(fields, nil)
	return nil
}

func (r *rowReader) scan(columns int) ([]any, error) {
	row, places := make([]any, columns), make([]any, columns)
	for i := range row {
		places[i] = &row[i]
	}
	return row, r.rows.Scan(places...)
}

func (r *rowReader) seen(column int) arrow.DataType {
	for _, row := range r.ahead {
		switch row[column].(type) {
		case int64:
			return arrow.PrimitiveTypes.Int64
		case float64:
			return arrow.PrimitiveTypes.Float64
		case string, time.Time:
			return arrow.BinaryTypes.String
		case []byte:
			return arrow.BinaryTypes.Binary
		case bool:
			return arrow.FixedWidthTypes.Boolean
		}
	}
	return arrow.Null
}

func (r *rowReader) Next() bool {
	r.drop()
	count := 0
	for ; count < rowsOfBatch; count++ {
		var row []any
		if len(r.ahead) > 0 {
			row, r.ahead = r.ahead[0], r.ahead[1:]
		} else if !r.rows.Next() {
			break
		} else if row, r.err = r.scan(r.schema.NumFields()); r.err != nil {
			return false
		}
		for i, value := range row {
			if r.err = store(r.builder.Field(i), value); r.err != nil {
				r.err = fmt.Errorf("column %s: %w", r.schema.Field(i).Name, r.err)
				return false
			}
		}
	}
	if r.err = r.rows.Err(); r.err != nil || count == 0 {
		return false
	}
	r.batch = r.builder.NewRecordBatch()
	return true
}

// arrowType is what a column of this declared type is read as, null for none.
func arrowType(declared string) arrow.DataType {
	name, _, _ := strings.Cut(strings.ToLower(declared), "(")
	switch strings.TrimSpace(name) {
	case "":
		return arrow.Null
	case "boolean", "bool":
		return arrow.FixedWidthTypes.Boolean
	case "tinyint":
		return arrow.PrimitiveTypes.Int8
	case "smallint":
		return arrow.PrimitiveTypes.Int16
	case "mediumint":
		return arrow.PrimitiveTypes.Int32
	case "int", "integer", "bigint":
		return arrow.PrimitiveTypes.Int64
	case "float":
		return arrow.PrimitiveTypes.Float32
	case "real", "double", "numeric", "decimal":
		return arrow.PrimitiveTypes.Float64
	case "blob":
		return arrow.BinaryTypes.Binary
	case "date":
		return arrow.FixedWidthTypes.Date32
	case "datetime", "timestamp":
		return &arrow.TimestampType{Unit: arrow.Microsecond}
	case "timestamptz":
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	}
	return arrow.BinaryTypes.String
}

// store appends a value of SQLite, which may be of any type whatever was declared.
func store(builder array.Builder, value any) error {
	if value == nil {
		builder.AppendNull()
		return nil
	}
	switch b := builder.(type) {
	case *array.StringBuilder:
		b.Append(asText(value))
		return nil
	case *array.BinaryBuilder:
		if blob, is := value.([]byte); is {
			b.Append(blob)
		} else {
			b.Append([]byte(asText(value)))
		}
		return nil
	case *array.Float64Builder, *array.Float32Builder:
		if number, is := asNumber(value); is {
			appendFloat(b, number)
			return nil
		}
	case *array.BooleanBuilder:
		if number, is := asNumber(value); is {
			b.Append(number != 0)
			return nil
		}
	case *array.Date32Builder:
		if at, is := asTime(value); is {
			b.Append(arrow.Date32FromTime(at))
			return nil
		}
	case *array.TimestampBuilder:
		if at, is := asTime(value); is {
			b.Append(arrow.Timestamp(at.UnixMicro()))
			return nil
		}
	case *array.NullBuilder: // whose first batch had no value
	default:
		if number, is := asNumber(value); is && number == math.Trunc(number) {
			return builder.AppendValueFromString(asText(value))
		}
	}
	return fmt.Errorf("%v is no %s", value, builder.Type())
}

func appendFloat(builder array.Builder, number float64) {
	switch b := builder.(type) {
	case *array.Float64Builder:
		b.Append(number)
	case *array.Float32Builder:
		b.Append(float32(number))
	}
}

func asText(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case []byte:
		return string(value)
	case time.Time:
		return value.UTC().Format("2006-01-02 15:04:05.999999999")
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64)
	case bool:
		return map[bool]string{false: "0", true: "1"}[value]
	}
	return fmt.Sprint(value)
}

func asNumber(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	case bool:
		return map[bool]float64{false: 0, true: 1}[value], true
	}
	return 0, false
}

var layouts = []string{"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
	time.RFC3339Nano, "2006-01-02"}

func asTime(value any) (time.Time, bool) {
	if at, is := value.(time.Time); is {
		return at, true
	}
	text, _ := value.(string)
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
