// SPDX-License-Identifier: Apache-2.0
// The zone of a timestamp column: from UTC to what its clocks show.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bindings/python/ref.h"

namespace fletching::python {

class Zone {
 public:
  struct Shift {
    int64_t offset = 0;  // seconds to add to UTC
    int fold = 0;        // 1: the second time that these clocks show it
  };

  // An empty name: no zone, clocks as they are. Names as fletching._zones.zone_of
  // takes them; an unknown one warns there and becomes UTC.
  explicit Zone(const std::string& name);

  [[nodiscard]] PyObject* tz() const noexcept { return tz_.get(); }  // or None
  // At a second since 1970 in UTC, within datetime's years. Nothing if the zone's
  // clocks then show a year outside of them. Throws python_error.
  [[nodiscard]] std::optional<Shift> at(int64_t utc_seconds) {
    if (!varies_) return fixed_;
    return look_up(utc_seconds);
  }

 private:
  // What holds through a window of three hours, as almost all of them.
  struct Window {
    int64_t number = INT64_MIN;
    Shift shift;
  };
  static constexpr int64_t kWindow = 3 * 3600;
  using Windows = std::array<Window, 1024>;

  std::optional<Shift> look_up(int64_t utc_seconds);
  std::optional<Shift> ask(int64_t utc_seconds);

  Ref tz_, fromutc_;
  bool varies_ = false;
  Shift fixed_;
  std::unique_ptr<Windows> windows_;
};

}  // namespace fletching::python
