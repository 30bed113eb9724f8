// SPDX-License-Identifier: Apache-2.0
#include "flink/zone.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

#include "fletching/error.h"

namespace fletching::flink {
namespace {

constexpr int64_t kLargestFile = 1 << 20;

[[noreturn]] void refuse(std::string_view name, const std::string& why) {
  throw Error(Code::kInvalidArgument,
              "the time zone '" + std::string(name.substr(0, 100)) + "' " + why);
}

// "+h", "-hh", "+hh:mm", "+hhmm", "+hh:mm:ss" in seconds.
std::optional<int64_t> offset_of(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const bool colons = text.find(':') != std::string_view::npos;
  std::array<int64_t, 3> parts{};
  size_t at = 1;
  for (size_t part = 0; part < parts.size() && at < text.size(); ++part) {
    if (part > 0 && colons && text[at++] != ':') return std::nullopt;
    size_t digits = 0;
    while (at < text.size() && digits < 2 && text[at] >= '0' && text[at] <= '9') {
      parts[part] = parts[part] * 10 + (text[at++] - '0');
      ++digits;
    }
    if (digits != 2 && !(digits == 1 && part == 0)) return std::nullopt;
  }
  if (at != text.size() || parts[0] > 18 || parts[1] > 59 || parts[2] > 59) {
    return std::nullopt;
  }
  const int64_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  return text[0] == '-' ? -seconds : seconds;
}

std::optional<int64_t> fixed_offset(std::string_view name) {
  for (const char* utc : {"UTC", "Z", "z", "GMT", "UT", "Etc/UTC", "Etc/GMT", "Zulu",
                          "Universal", "UCT", "Etc/UCT", "Etc/Zulu", "Etc/Universal",
                          "Greenwich", "Etc/Greenwich", "GMT0", "Etc/GMT0"}) {
    if (name == utc) return 0;
  }
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (name.starts_with(prefix)) return offset_of(name.substr(prefix.size()));
  }
  return offset_of(name);
}

std::string offset_name(int64_t offset) {
  if (offset == 0) return "UTC";
  const int64_t size = offset < 0 ? -offset : offset;
  char text[16];
  std::snprintf(text, sizeof text, "%c%02d:%02d", offset < 0 ? '-' : '+',
                static_cast<int>(size / 3600), static_cast<int>(size / 60 % 60));
  return text;
}

// Nothing that could leave the directory.
bool is_region(std::string_view name) {
  if (name.empty() || name.size() > 100 || name[0] == '/' || name[0] == '.')
    return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '/' || c == '_' || c == '-' || c == '+';
  });
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (bytes.empty() || std::ssize(bytes) > kLargestFile) return std::nullopt;
  return bytes;
}

ZoneFile region(std::string_view name) {
  if (!is_region(name)) {
    refuse(name, "is none (UTC, +05:30, or a region such as Europe/Paris)");
  }
  const char* own = std::getenv("TZDIR");
  for (const std::string& directory :
       {std::string(own != nullptr ? own : ""), std::string("/usr/share/zoneinfo"),
        std::string("/usr/lib/zoneinfo"), std::string("/usr/share/lib/zoneinfo")}) {
    if (directory.empty()) continue;
    if (const auto bytes = read_file(directory + "/" + std::string(name))) {
      return read_zone_file(*bytes);
    }
  }
  refuse(name,
         "is not known here (install the system's tzdata, or set the session's zone to "
         "UTC)");
}

}  // namespace

Zone::Zone(std::string_view name) : name_(name) {
  if (const auto offset = fixed_offset(name)) {
    if (*offset % 60 != 0) refuse(name, "has seconds, which Arrow cannot name");
    first_offset_ = known_offset_ = *offset;
    name_ = offset_name(*offset);
    known_from_ = std::numeric_limits<int64_t>::min();
    known_until_ = std::numeric_limits<int64_t>::max();
    return;
  }
  ZoneFile file = region(name);
  first_offset_ = file.first_offset;
  changes_ = std::move(file.changes);
}

int64_t Zone::offset_at(int64_t utc) const noexcept {
  const auto after =
      std::upper_bound(changes_.begin(), changes_.end(), utc,
                       [](int64_t at, const Change& change) { return at < change.at; });
  return after == changes_.begin() ? first_offset_ : std::prev(after)->offset;
}

Zone::Answer Zone::look_up(int64_t local, int64_t& utc) {
  // No offset reaches 26 hours, so only the stretches between the changes around that
  // time can show it.
  constexpr int64_t kReach = int64_t{26} * 3600;
  auto change = std::lower_bound(changes_.begin(), changes_.end(), local - kReach,
                                 [](const Change& c, int64_t at) { return c.at < at; });
  int64_t offset =
      change == changes_.begin() ? first_offset_ : std::prev(change)->offset;
  int64_t from = std::numeric_limits<int64_t>::min();
  int found = 0;
  bool alone = change == changes_.end() || change->at > local + kReach;
  for (;; ++change) {
    const bool last = change == changes_.end();
    const int64_t until = last ? std::numeric_limits<int64_t>::max() : change->at;
    const int64_t then = local - offset;
    if (then >= from && then < until) {
      ++found;
      utc = then;
    }
    if (last || until > local + kReach) break;
    from = until;
    offset = change->offset;
  }
  if (alone) {
    // Most are: all local times from the change before to the one after are.
    known_offset_ = offset;
    known_until_ = change == changes_.end() ? std::numeric_limits<int64_t>::max()
                                            : change->at - kReach;
    known_from_ = change == changes_.begin()
                      ? std::numeric_limits<int64_t>::min() + kReach
                      : std::prev(change)->at + kReach;
  }
  return found == 1 ? Answer::kOnce : found == 0 ? Answer::kNever : Answer::kTwice;
}

}  // namespace fletching::flink
