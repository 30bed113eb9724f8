// SPDX-License-Identifier: Apache-2.0
// What statements have made of a gateway's session: it is gone when the session expires
// (ten minutes without a request) or the gateway starts anew, and is run again then.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fletching::flink {

class SessionReplay {
 public:
  // Takes note of a statement whose effect lives in the session: SET, RESET, USE, LOAD
  // and UNLOAD, ADD and REMOVE JAR, CREATE CATALOG, CREATE and DROP TEMPORARY; and, as
  // long as no other catalog was chosen, CREATE, ALTER and DROP in the catalog that is
  // kept in memory. True if it did.
  bool note(std::string_view sql);
  // In the order in which they ran.
  [[nodiscard]] const std::vector<std::string>& statements() const noexcept {
    return statements_;
  }
  // A catalog that outlives the session is in use: only what is temporary is noted.
  void leave_memory() noexcept { in_memory_ = false; }

 private:
  std::vector<std::string> statements_;
  bool in_memory_ = true;
};

}  // namespace fletching::flink
