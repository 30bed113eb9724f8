// SPDX-License-Identifier: Apache-2.0
// The zone of a session: Flink's servers write instants as its clocks show them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fletching::flink {

// Immutable but for a memory of the last answer: one thread at a time.
class Zone {
 public:
  // As Java's ZoneId takes them: "UTC", "Z", "GMT+8", "UTC-03:30", "+05:30", and
  // regions
  // ("Europe/Paris") by the system's zoneinfo. Throws kInvalidArgument for others, and
  // where the system has no such file.
  explicit Zone(std::string_view name);

  // What Arrow calls it: "UTC", "+05:30", "Europe/Paris".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  enum class Answer : uint8_t { kOnce, kTwice, kNever };
  // Clocks that show `local` (seconds since 1970 without a zone): when that was, UTC.
  // kTwice: they showed it twice, and kNever: never, as they were put back or forward.
  [[nodiscard]] Answer to_utc(int64_t local, int64_t& utc) {
    if (local >= known_from_ && local < known_until_) {
      utc = local - known_offset_;
      return Answer::kOnce;
    }
    return look_up(local, utc);
  }
  // What the clocks show at `utc`, as seconds since 1970.
  [[nodiscard]] int64_t to_local(int64_t utc) const noexcept {
    return utc + offset_at(utc);
  }

  struct Change {
    int64_t at;      // UTC, from here on
    int64_t offset;  // seconds to add to UTC
  };

 private:
  [[nodiscard]] int64_t offset_at(int64_t utc) const noexcept;
  [[nodiscard]] Answer look_up(int64_t local, int64_t& utc);

  std::string name_;
  int64_t first_offset_ = 0;  // before the first change
  std::vector<Change> changes_;
  // Local times that are told once, with one offset.
  int64_t known_from_ = 0, known_until_ = 0, known_offset_ = 0;
};

// The changes that a zoneinfo file (TZif, RFC 9636) tells of, those of its rule for the
// future up to the year 10000 among them. Throws kInvalidData for what is none.
struct ZoneFile {
  int64_t first_offset = 0;
  std::vector<Zone::Change> changes;
};
[[nodiscard]] ZoneFile read_zone_file(std::string_view bytes);

}  // namespace fletching::flink
