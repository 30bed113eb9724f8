// SPDX-License-Identifier: Apache-2.0
// A table's keys as the constraints of ADBC's GetObjects.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"

namespace fletching {

struct Constraint {
  struct Usage {  // the column that a column of a foreign key refers to
    std::optional<std::string> catalog, schema;
    std::string table, column;
  };
  std::optional<std::string> name;
  std::string type;                  // "PRIMARY KEY" or "FOREIGN KEY"
  std::vector<std::string> columns;  // in the key's order
  std::vector<Usage> usage;          // of a foreign key, one a column
};

// Asks for the keys of one table after the other; a server that cannot tell one kind of
// keys is not asked for that kind again.
class KeyFinder {
 public:
  explicit KeyFinder(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  [[nodiscard]] std::vector<Constraint> find(const TableName& table, const Wait& wait);

 private:
  void add_primary(const TableName& table, const Wait& wait,
                   std::vector<Constraint>& out);
  void add_foreign(const TableName& table, const Wait& wait,
                   std::vector<Constraint>& out);

  // Whether this server's keys say the catalog or schema of their table.
  enum class Names : uint8_t { kUnknown, kTold, kLeftOut };
  void note(bool has_place) { names_ = has_place ? Names::kTold : Names::kLeftOut; }
  std::unique_ptr<ResultStream> ask(MetadataRequest::Kind kind, TableName table,
                                    const Wait& wait);

  std::shared_ptr<Session> session_;
  bool has_primary_ = true;
  bool has_foreign_ = true;
  Names names_ = Names::kUnknown;
};

}  // namespace fletching
