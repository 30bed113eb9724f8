// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// valuesOf is a batch as rows that SQLite takes: integers, doubles, text, blobs, NULL.
// Dates, times and timestamps become text as SQLite's date functions write it, decimals
// text as well.
func valuesOf(batch arrow.RecordBatch) ([][]any, error) {
	rows := make([][]any, batch.NumRows())
	cells := make([]any, batch.NumRows()*batch.NumCols())
	width := int(batch.NumCols())
	for i := range rows {
		rows[i] = cells[i*width : (i+1)*width : (i+1)*width]
	}
	for c, column := range batch.Columns() {
		value, err := valuer(column)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if !column.IsNull(i) {
				rows[i][c] = value(i)
			}
		}
	}
	return rows, nil
}

func each[T any](values func(int) T) func(int) any {
	return func(i int) any { return values(i) }
}

// whole makes every integer SQLite's own, which has no more than 64 bits.
func whole[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](values func(int) T) func(int) any {
	return func(i int) any {
		value := values(i)
		if value > 0 && uint64(value) > math.MaxInt64 {
			return float64(value)
		}
		return int64(value)
	}
}

func bytes[T interface{ Value(int) []byte }](column T) func(int) any {
	return func(i int) any { return append([]byte{}, column.Value(i)...) }
}

// valuer reads one column; it is asked for values that are not null.
func valuer(column arrow.Array) (func(int) any, error) {
	switch a := column.(type) {
	case *array.Null:
		return func(int) any { return nil }, nil
	case *array.Boolean:
		return each(a.Value), nil
	case *array.Int8:
		return whole(a.Value), nil
	case *array.Int16:
		return whole(a.Value), nil
	case *array.Int32:
		return whole(a.Value), nil
	case *array.Int64:
		return whole(a.Value), nil
	case *array.Uint8:
		return whole(a.Value), nil
	case *array.Uint16:
		return whole(a.Value), nil
	case *array.Uint32:
		return whole(a.Value), nil
	case *array.Uint64:
		return whole(a.Value), nil
	case *array.Float16:
		return func(i int) any { return float64(a.Value(i).Float32()) }, nil
	case *array.Float32:
		return func(i int) any { return float64(a.Value(i)) }, nil
	case *array.Float64:
		return each(a.Value), nil
	case *array.String:
		return each(a.Value), nil
	case *array.LargeString:
		return each(a.Value), nil
	case *array.StringView:
		return each(a.Value), nil
	case *array.Binary:
		return bytes(a), nil
	case *array.LargeBinary:
		return bytes(a), nil
	case *array.BinaryView:
		return bytes(a), nil
	case *array.FixedSizeBinary:
		return bytes(a), nil
	}
	return valuerOfTimes(column)
}

func text(layout string, value func(int) time.Time) func(int) any {
	return func(i int) any { return value(i).UTC().Format(layout) }
}

// scaled is a decimal with all its digits, trailing zeros too.
func scaled[T interface{ ToString(scale int32) string }](column arrow.Array, value func(int) T) func(int) any {
	scale := column.DataType().(arrow.DecimalType).GetScale()
	return func(i int) any { return value(i).ToString(scale) }
}

func valuerOfTimes(column arrow.Array) (func(int) any, error) {
	const day, clock, both = "2006-01-02", "15:04:05.999999999", "2006-01-02 15:04:05.999999999"
	switch a := column.(type) {
	case *array.Date32:
		return text(day, func(i int) time.Time { return a.Value(i).ToTime() }), nil
	case *array.Date64:
		return text(day, func(i int) time.Time { return a.Value(i).ToTime() }), nil
	case *array.Time32:
		unit := a.DataType().(*arrow.Time32Type).Unit
		return text(clock, func(i int) time.Time { return a.Value(i).ToTime(unit) }), nil
	case *array.Time64:
		unit := a.DataType().(*arrow.Time64Type).Unit
		return text(clock, func(i int) time.Time { return a.Value(i).ToTime(unit) }), nil
	case *array.Timestamp:
		kind := a.DataType().(*arrow.TimestampType)
		layout := both
		if kind.TimeZone != "" {
			layout += "Z"
		}
		return text(layout, func(i int) time.Time { return a.Value(i).ToTime(kind.Unit) }), nil
	case *array.Duration:
		return func(i int) any { return int64(a.Value(i)) }, nil
	case *array.Decimal32:
		return scaled(a, a.Value), nil
	case *array.Decimal64:
		return scaled(a, a.Value), nil
	case *array.Decimal128:
		return scaled(a, a.Value), nil
	case *array.Decimal256:
		return scaled(a, a.Value), nil
	case array.ExtensionArray:
		return valuer(a.Storage())
	case *array.Dictionary:
		return through(a.Dictionary(), a.GetValueIndex)
	case *array.DenseUnion:
		return union(a)
	}
	return nil, invalid("%s cannot be stored here", column.DataType())
}

// through reads a dictionary's values.
func through(values arrow.Array, index func(int) int) (func(int) any, error) {
	value, err := valuer(values)
	if err != nil {
		return nil, err
	}
	return func(i int) any {
		if at := index(i); !values.IsNull(at) {
			return value(at)
		}
		return nil
	}, nil
}

func union(a *array.DenseUnion) (func(int) any, error) {
	children := make([]func(int) any, a.NumFields())
	for child := range children {
		value, err := through(a.Field(child), func(i int) int { return i })
		if err != nil {
			return nil, err
		}
		children[child] = value
	}
	return func(i int) any { return children[a.ChildID(i)](int(a.ValueOffset(i))) }, nil
}

// declared is the type that a column of this Arrow type is created with.
func declared(kind arrow.DataType) string {
	switch kind.ID() {
	case arrow.BOOL:
		return "BOOLEAN"
	case arrow.INT8:
		return "TINYINT"
	case arrow.INT16, arrow.UINT8:
		return "SMALLINT"
	case arrow.INT32, arrow.UINT16:
		return "MEDIUMINT"
	case arrow.INT64, arrow.UINT32, arrow.UINT64, arrow.DURATION:
		return "BIGINT"
	case arrow.FLOAT16, arrow.FLOAT32:
		return "FLOAT"
	case arrow.FLOAT64:
		return "DOUBLE"
	case arrow.BINARY, arrow.LARGE_BINARY, arrow.BINARY_VIEW, arrow.FIXED_SIZE_BINARY:
		return "BLOB"
	case arrow.DATE32, arrow.DATE64:
		return "DATE"
	case arrow.TIMESTAMP:
		if kind.(*arrow.TimestampType).TimeZone != "" {
			return "TIMESTAMPTZ"
		}
		return "TIMESTAMP"
	case arrow.DICTIONARY:
		return declared(kind.(*arrow.DictionaryType).ValueType)
	case arrow.EXTENSION:
		return declared(kind.(arrow.ExtensionType).StorageType())
	}
	return "TEXT"
}
