// SPDX-License-Identifier: Apache-2.0
#include "driver/objects.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "driver/metadata_ask.h"
#include "driver/metadata_cells.h"
#include "driver/metadata_like.h"
#include "driver/objects_keys.h"
#include "driver/objects_tree.h"
#include "fletching/error.h"

namespace fletching {
namespace {

using Text = std::optional<std::string>;

Text text(const CellReader& reader, int64_t row) {
  const auto found = reader.text(row);
  if (!found) return std::nullopt;
  return std::string(*found);
}

bool is_view(std::string_view type) {
  std::string upper(type);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return upper.find("VIEW") != std::string::npos;
}

class ObjectsStream : public ResultStream {
 public:
  ObjectsStream(std::shared_ptr<Session> session, ObjectsFilter filter)
      : session_(std::move(session)),
        filter_(std::move(filter)),
        keys_(session_),
        schema_(objects_schema()) {
    if (!filter_.catalog) return;
    if (filter_.catalog_is_pattern) {
      catalog_pattern_.emplace(*filter_.catalog);
    } else {
      catalog_pattern_.emplace(escape_like(*filter_.catalog));
    }
  }

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }

  Next next(Batch& out, const Wait& wait, Deadline) override {
    if (!planned_) plan(wait);
    if (at_ == steps_.size()) return Next::kEnd;
    out.rows = build_objects(collect(steps_[at_++], wait), filter_);
    out.ops.clear();
    rows_ += out.rows->length;
    return Next::kBatch;
  }

  [[nodiscard]] Progress progress() const override { return {.rows = rows_}; }
  void cancel() noexcept override {}  // the waits of the requests have the token

 private:
  // Questions about one catalog.
  struct Step {
    Text asked;                         // what the requests name; unset: any
    std::vector<CatalogObject> listed;  // those that there are, whatever they hold
    bool only_if_found = false;         // no row for what holds nothing
  };

  // Where there is one catalog or none, nothing is gained by naming it, and servers
  // that do not fill in the names of catalogs are understood.
  void plan(const Wait& wait) {
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

  std::vector<CatalogObject> list_catalogs(const Wait& wait) {
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

  [[nodiscard]] bool wants(const Text& catalog) const {
    return !catalog_pattern_ || catalog_pattern_->matches(catalog.value_or(""));
  }

  std::vector<CatalogObject> collect(const Step& step, const Wait& wait) {
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
    drop_invented(step, found);
    return found;
  }

  void add_tables(const Step& step, std::vector<CatalogObject>& found,
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

  void add_keys(std::vector<CatalogObject>& found, const Wait& wait) {
    for (CatalogObject& catalog : found) {
      for (SchemaObject& schema : catalog.schemas) {
        for (TableObject& table : schema.tables) {
          if (is_view(table.type)) continue;
          table.constraints = keys_.find({catalog.name, schema.name, table.name}, wait);
        }
      }
    }
  }

  // No name and an empty one are the same.
  static CatalogObject& catalog_of(std::vector<CatalogObject>& found,
                                   const Text& wanted) {
    const auto is_it = [&](const CatalogObject& catalog) {
      return catalog.name.value_or("") == wanted.value_or("");
    };
    const auto it = std::find_if(found.rbegin(), found.rend(), is_it);
    return it == found.rend() ? found.emplace_back(CatalogObject{wanted, {}}) : *it;
  }

  // The nameless catalog, which stands for servers without any, is not shown beside
  // those that turned up later.
  static void drop_invented(const Step& step, std::vector<CatalogObject>& found) {
    const bool invented = step.only_if_found || found.size() > 1;
    if (!invented) return;
    std::erase_if(found, [](const CatalogObject& catalog) {
      return !catalog.name && catalog.schemas.empty();
    });
  }

  // A server without the command has nothing of the kind.
  template <class Body>
  void for_rows(const MetadataRequest& request, const Wait& wait, const Body& body) {
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

  std::shared_ptr<Session> session_;
  ObjectsFilter filter_;
  std::optional<LikePattern> catalog_pattern_;
  KeyFinder keys_;
  UniqueSchema schema_;
  std::vector<Step> steps_;
  bool planned_ = false;
  size_t at_ = 0;
  int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<ResultStream> objects_stream(std::shared_ptr<Session> session,
                                             ObjectsFilter filter) {
  return std::make_unique<ObjectsStream>(std::move(session), std::move(filter));
}

}  // namespace fletching
