// SPDX-License-Identifier: Apache-2.0
// Finds catalogs with their schemas and tables by the metadata commands.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "driver/metadata_like.h"
#include "driver/objects_keys.h"
#include "driver/objects_tree.h"
#include "fletching/metadata.h"

namespace fletching {

class ObjectFinder {
 public:
  ObjectFinder(std::shared_ptr<Session> session, ObjectsFilter filter);

  // What the filter finds in the next catalog, or in all of them where a server has but
  // one or none; nullopt: it has no more. Without catalogs there is one with no name.
  [[nodiscard]] std::optional<std::vector<CatalogObject>> next(const Wait& wait);
  [[nodiscard]] const ObjectsFilter& filter() const noexcept { return filter_; }

 private:
  using Text = std::optional<std::string>;
  // Questions about one catalog.
  struct Step {
    Text asked;                         // what the requests name; unset: any
    std::vector<CatalogObject> listed;  // those that there are, whatever they hold
    bool only_if_found = false;         // no row for what holds nothing
  };

  void plan(const Wait& wait);
  std::vector<CatalogObject> list_catalogs(const Wait& wait);
  [[nodiscard]] bool wants(const Text& catalog) const;
  std::vector<CatalogObject> collect(const Step& step, const Wait& wait);
  void add_tables(const Step& step, std::vector<CatalogObject>& found,
                  const Wait& wait);
  void add_keys(std::vector<CatalogObject>& found, const Wait& wait);
  template <class Body>
  void for_rows(const MetadataRequest& request, const Wait& wait, const Body& body);

  std::shared_ptr<Session> session_;
  ObjectsFilter filter_;
  std::optional<LikePattern> catalog_pattern_;
  KeyFinder keys_;
  std::vector<Step> steps_;
  bool planned_ = false;
  size_t at_ = 0;
};

}  // namespace fletching
