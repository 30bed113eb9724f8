// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// one is the stream of one batch. It takes the batch over.
func one(batch arrow.RecordBatch) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	chunks := make(chan flight.StreamChunk, 1)
	chunks <- flight.StreamChunk{Data: batch}
	close(chunks)
	return batch.Schema(), chunks, nil
}

func (s *server) DoGetCatalogs(context.Context) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	builder := array.NewRecordBuilder(s.Alloc, schema_ref.Catalogs)
	defer builder.Release()
	builder.Field(0).(*array.StringBuilder).AppendValues(s.catalogs, nil)
	return one(s.shaped(builder.NewRecordBatch()))
}

func (s *server) DoGetDBSchemas(_ context.Context, command flightsql.GetDBSchemas) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	builder := array.NewRecordBuilder(s.Alloc, schema_ref.DBSchemas)
	defer builder.Release()
	for _, catalog := range s.catalogs {
		pattern := command.GetDBSchemaFilterPattern()
		if s.wanted(catalog, command.GetCatalog()) && (pattern == nil || strings.Trim(*pattern, "%") == "") {
			builder.Field(0).(*array.StringBuilder).Append(catalog)
			builder.Field(1).(*array.StringBuilder).Append("")
		}
	}
	return one(s.shaped(builder.NewRecordBatch()))
}

func (s *server) wanted(catalog string, filter *string) bool {
	return filter == nil || *filter == catalog
}

type table struct{ catalog, name, kind string }

// DoGetTables asks SQLite twice a catalog, whatever the number of tables.
func (s *server) DoGetTables(ctx context.Context, command flightsql.GetTables) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	schema := schema_ref.Tables
	if command.GetIncludeSchema() {
		schema = schema_ref.TablesWithIncludedSchema
	}
	builder := array.NewRecordBuilder(s.Alloc, schema)
	defer builder.Release()
	for _, catalog := range s.catalogs {
		pattern := command.GetDBSchemaFilterPattern()
		if !s.wanted(catalog, command.GetCatalog()) || pattern != nil && strings.Trim(*pattern, "%") != "" {
			continue
		}
		tables, err := s.tables(ctx, catalog, command)
		if err != nil {
			return nil, nil, answerable(err)
		}
		fields := map[string][]arrow.Field{}
		if command.GetIncludeSchema() {
			if fields, err = s.fields(ctx, catalog); err != nil {
				return nil, nil, answerable(err)
			}
		}
		for _, t := range tables {
			for column, text := range []string{t.catalog, "", t.name, t.kind} {
				builder.Field(column).(*array.StringBuilder).Append(text)
			}
			if command.GetIncludeSchema() {
				own := arrow.NewSchema(fields[t.name], nil)
				builder.Field(4).(*array.BinaryBuilder).Append(flight.SerializeSchema(own, s.Alloc))
			}
		}
	}
	return one(s.shaped(builder.NewRecordBatch()))
}

func (s *server) tables(ctx context.Context, catalog string, command flightsql.GetTables) ([]table, error) {
	sql := "SELECT name, type FROM " + quoted(catalog) + ".sqlite_master WHERE type IN ('table', 'view')"
	var arguments []any
	if pattern := command.GetTableNameFilterPattern(); pattern != nil {
		sql += " AND name LIKE ?"
		if s.settings.escape != "" {
			sql += " ESCAPE '" + strings.ReplaceAll(s.settings.escape, "'", "''") + "'"
		}
		arguments = append(arguments, *pattern)
	}
	rows, err := s.db.QueryContext(ctx, sql+" ORDER BY name", arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []table
	for rows.Next() {
		t := table{catalog: catalog}
		if err := rows.Scan(&t.name, &t.kind); err != nil {
			return nil, err
		}
		if types := command.GetTableTypes(); len(types) == 0 || slices.Contains(types, t.kind) {
			found = append(found, t)
		}
	}
	return found, rows.Err()
}

// fields are the columns of all tables of a catalog.
func (s *server) fields(ctx context.Context, catalog string) (map[string][]arrow.Field, error) {
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf(`
		SELECT t.name, c.name, c.type, c."notnull", c.pk, coalesce(t.sql LIKE '%%AUTOINCREMENT%%', 0)
		FROM %s.sqlite_master t, pragma_table_info(t.name, ?) c
		WHERE t.type IN ('table', 'view') ORDER BY t.name, c.cid`, quoted(catalog)), catalog)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	fields := map[string][]arrow.Field{}
	for rows.Next() {
		var table, name, kind string
		var notNull, key, increments int
		if err := rows.Scan(&table, &name, &kind, &notNull, &key, &increments); err != nil {
			return nil, err
		}
		column := flightsql.NewColumnMetadataBuilder()
		column.CatalogName(catalog).SchemaName("").TableName(table).TypeName(kind).
			IsAutoIncrement(key == 1 && increments == 1).IsReadOnly(false).IsSearchable(true)
		fields[table] = append(fields[table], arrow.Field{Name: name, Type: arrowType(kind),
			Nullable: notNull == 0, Metadata: s.spelled(column.Metadata())})
	}
	return fields, rows.Err()
}

// spelled has the schema's key as the implementations write it or as FlightSql.proto does.
func (s *server) spelled(metadata arrow.Metadata) arrow.Metadata {
	if !s.settings.protoNames {
		return metadata
	}
	keys := slices.Clone(metadata.Keys())
	for i, key := range keys {
		if key == flightsql.SchemaNameKey {
			keys[i] = "ARROW:FLIGHT:SQL:DB_SCHEMA_NAME"
		}
	}
	return arrow.NewMetadata(keys, metadata.Values())
}

// shaped is a metadata batch as some servers send it, where the flag asks for that: other
// strings, other letters, all nullable, the columns the other way round.
func (s *server) shaped(batch arrow.RecordBatch) arrow.RecordBatch {
	if !s.settings.odd {
		return batch
	}
	defer batch.Release()
	count := int(batch.NumCols())
	fields, columns := make([]arrow.Field, count), make([]arrow.Array, count)
	for i, field := range batch.Schema().Fields() {
		at := count - 1 - i
		columns[at] = largeStrings(s.Alloc, batch.Column(i))
		fields[at] = arrow.Field{Name: strings.ToUpper(field.Name), Type: columns[at].DataType(), Nullable: true}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, batch.NumRows())
}

func largeStrings(memory memory.Allocator, column arrow.Array) arrow.Array {
	texts, is := column.(*array.String)
	if !is {
		column.Retain()
		return column
	}
	builder := array.NewLargeStringBuilder(memory)
	defer builder.Release()
	for i := range texts.Len() {
		if texts.IsNull(i) {
			builder.AppendNull()
		} else {
			builder.Append(texts.Value(i))
		}
	}
	return builder.NewArray()
}

func (s *server) GetFlightInfoTables(ctx context.Context, command flightsql.GetTables, descriptor *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	info, err := s.SQLiteFlightSQLServer.GetFlightInfoTables(ctx, command, descriptor)
	return s.withoutSchema(info), err
}

func (s *server) GetFlightInfoCatalogs(ctx context.Context, descriptor *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	info, err := s.SQLiteFlightSQLServer.GetFlightInfoCatalogs(ctx, descriptor)
	return s.withoutSchema(info), err
}

func (s *server) GetFlightInfoSchemas(ctx context.Context, command flightsql.GetDBSchemas, descriptor *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	info, err := s.SQLiteFlightSQLServer.GetFlightInfoSchemas(ctx, command, descriptor)
	return s.withoutSchema(info), err
}

// withoutSchema leaves out what would not be true.
func (s *server) withoutSchema(info *flight.FlightInfo) *flight.FlightInfo {
	if info != nil && (s.settings.odd || s.settings.permuted) {
		info.Schema = nil
	}
	return info
}
