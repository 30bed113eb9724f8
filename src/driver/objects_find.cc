// SPDX-License-Identifier: Apache-2.0
#include "driver/objects_find.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "driver/metadata_ask.h"
#include "driver/metadata_cells.h"
#include "fletching/error.h"

namespace fletching {
namespace {

using Text = std::optional<std::string>;

Text text(const CellReader& reader, int64_t row) {
  const auto found = reader.text(row);
  if (!found) return std::nullopt;
  return std::string(*found);
}

// No name and an empty one are the same.
CatalogObject& catalog_of(std::vector<CatalogObject>& found, const Text& wanted) {
  const auto is_it = [&](const CatalogObject& catalog) {
    return catalog.name.value_or("") == wanted.value_or("");
  };
  const auto it = std::find_if(found.rbegin(), found.rend(), is_it);
  return it == found.rend() ? found.emplace_back(CatalogObject{wanted, {}}) : *it;
}

// The nameless catalog, which stands for servers without any, is not shown beside
// those that turned up later.
void drop_invented(bool only_if_found, std::vector<CatalogObject>& found) {
  const bool invented = only_if_found || found.size() > 1;
  if (!invented) return;
  std::erase_if(found, [](const CatalogObject& catalog) {
    return !catalog.name && catalog.schemas.empty();
  });
}

}  // namespace

ObjectFinder::ObjectFinder(std::shared_ptr<Session> session, ObjectsFilter filter)
    : session_(std::move(session)), filter_(std::move(filter)), keys_(session_) {
  if (!filter_.catalog) return;
  if (filter_.catalog_is_pattern) {
    catalog_pattern_.emplace(*filter_.catalog);
  } else {
    catalog_pattern_.emplace(escape_like(*filter_.catalog));
  }
}

std::optional<std::vector<CatalogObject>> ObjectFinder::next(const Wait& wait) {
  if (!planned_) plan(wait);
  if (at_ == steps_.size()) return std::nullopt;
  return collect(steps_[at_++], wait);
}

// Where there is one catalog or none, nothing is gained by naming it, and servers
// that do not fill in the names of catalogs are understood.
void ObjectFinder::plan(const Wait& wait) {
  planned_ = true;
  std::vector<CatalogObject> catalogs = list_catalogs(wait);
  if (filter_.depth == ObjectDepth::kCatalogs || catalogs.size() <= 1) {
    const Text asked = filter_.catalog_is_pattern ? std::nullopt : filter_.catalog;
    steps_.push_back({asked, std::move(catalogs), false});
    return;
  }
  for (CatalogObject& catalog : catalogs) {
    const Text asked = catalog.name.value_or("");
    steps_.push_back({asked, {std::move(catalog)}, false});
  }
  // What belongs to none, temporary tables for example.
  const bool has_nameless =
      std::any_of(steps_.begin(), steps_.end(),
                  [](const Step& step) { return step.asked->empty(); });
  if (!filter_.catalog && !has_nameless) steps_.push_back({"", {}, true});
}

std::vector<CatalogObject> ObjectFinder::list_catalogs(const Wait& wait) {
  std::vector<CatalogObject> out;
  bool any = false;
  for_rows({.kind = MetadataRequest::Kind::kCatalogs}, wait,
           [&](const std::vector<CellReader>& row_of, int64_t row) {
             any = true;
             CatalogObject catalog{text(row_of[0], row), {}};
             if (wants(catalog.name)) out.push_back(std::move(catalog));
           });
  if (!any && wants(std::nullopt)) out.push_back({});
  return out;
}

bool ObjectFinder::wants(const Text& catalog) const {
  return !catalog_pattern_ || catalog_pattern_->matches(catalog.value_or(""));
}

std::vector<CatalogObject> ObjectFinder::collect(const Step& step, const Wait& wait) {
  std::vector<CatalogObject> found = step.listed;
  if (filter_.depth == ObjectDepth::kCatalogs) return found;
  for_rows({.kind = MetadataRequest::Kind::kDbSchemas,
            .catalog = step.asked,
            .schema_pattern = filter_.schema_pattern},
           wait, [&](const std::vector<CellReader>& row_of, int64_t row) {
             const Text catalog = text(row_of[0], row);
             if (!wants(catalog)) return;
             catalog_of(found, catalog).schema(text(row_of[1], row));
           });
  if (filter_.depth != ObjectDepth::kSchemas) add_tables(step, found, wait);
  drop_invented(step.only_if_found, found);
  return found;
}

void ObjectFinder::add_tables(const Step& step, std::vector<CatalogObject>& found,
                              const Wait& wait) {
  for_rows({.kind = MetadataRequest::Kind::kTables,
            .catalog = step.asked,
            .schema_pattern = filter_.schema_pattern,
            .table_pattern = filter_.table_pattern,
            .table_types = filter_.table_types,
            .include_schema = filter_.depth == ObjectDepth::kColumns},
           wait, [&](const std::vector<CellReader>& row_of, int64_t row) {
             const Text catalog = text(row_of[0], row);
             if (!wants(catalog)) return;
             TableObject table{text(row_of[2], row).value_or(""),
                               text(row_of[3], row).value_or(""),
                               {},
                               {}};
             if (row_of.size() > 4) {
               table.schema_bytes = std::string(row_of[4].bytes(row).value_or(""));
             }
             catalog_of(found, catalog)
                 .schema(text(row_of[1], row))
                 .tables.push_back(std::move(table));
           });
  if (filter_.constraints) add_keys(found, wait);
}

void ObjectFinder::add_keys(std::vector<CatalogObject>& found, const Wait& wait) {
  for (CatalogObject& catalog : found) {
    for (SchemaObject& schema : catalog.schemas) {
      for (TableObject& table : schema.tables) {
        if (table.is_view()) continue;
        table.constraints = keys_.find({catalog.name, schema.name, table.name}, wait);
      }
    }
  }
}

// A server without the command has nothing of the kind.
template <class Body>
void ObjectFinder::for_rows(const MetadataRequest& request, const Wait& wait,
                            const Body& body) {
  try {
    const auto answer = ask_metadata(session_, request, wait, true);
    for (Batch batch; answer->next(batch, wait) == Next::kBatch; batch = Batch()) {
      const ArrowSchema& schema = answer->schema(wait);
      std::vector<CellReader> readers;
      for (int64_t i = 0; i < schema.n_children; ++i) {
        readers.emplace_back(schema, *batch.rows.get(), i);
      }
      for (int64_t row = 0; row < batch.rows->length; ++row) body(readers, row);
    }
  } catch (const Error& error) {
    if (error.code() != Code::kNotImplemented) throw;
  }
}

}  // namespace fletching
