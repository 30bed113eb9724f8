// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/options.h"

#include <array>
#include <string_view>
#include <utility>

#include "fletching/error.h"

namespace fletching::python {
namespace {

template <class T, size_t N>
T choose(const char* option, const std::string& given,
         const std::array<std::pair<std::string_view, T>, N>& choices) {
  std::string allowed;
  for (const auto& [name, value] : choices) {
    if (name == given) return value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(name);
  }
  throw Error(Code::kInvalidArgument, std::string("option ") + option + ": '" + given +
                                          "' is none of " + allowed);
}

constexpr std::array<std::pair<std::string_view, Nanoseconds>, 3> kNanoseconds = {
    {{"exact", Nanoseconds::kExact},
     {"truncate", Nanoseconds::kTruncate},
     {"error", Nanoseconds::kError}}};
constexpr std::array<std::pair<std::string_view, OutOfRange>, 2> kOutOfRange = {
    {{"error", OutOfRange::kError}, {"text", OutOfRange::kText}}};
constexpr std::array<std::pair<std::string_view, Maps>, 2> kMaps = {
    {{"dict", Maps::kDict}, {"pairs", Maps::kPairs}}};

}  // namespace

RowOptions row_options(const std::string& nanoseconds, const std::string& out_of_range,
                       const std::string& maps) {
  return {choose("nanoseconds", nanoseconds, kNanoseconds),
          choose("out_of_range", out_of_range, kOutOfRange),
          choose("maps", maps, kMaps)};
}

}  // namespace fletching::python
