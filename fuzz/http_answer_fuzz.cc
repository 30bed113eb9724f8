// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 answer, its bytes cut as the first one says: whatever comes, it is read,
// refused or waited for, and stays within its limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "transport/http_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr fletching::HttpAnswer::Limits kLimits{.head = 4096, .body = 1 << 16};
  if (size == 0) return 0;
  const uint8_t mode = data[0];
  std::span<const uint8_t> rest(data + 1, size - 1);
  const size_t step = mode % 2 == 0 ? rest.size() : size_t{mode};
  fletching::HttpAnswer answer((mode & 128) != 0, kLimits);
  try {
    while (!rest.empty() && !answer.complete()) {
      const auto piece = rest.first(std::min(step, rest.size()));
      const size_t taken = answer.push(piece);
      if (taken > piece.size()) std::abort();
      if (taken < piece.size() && !answer.complete()) std::abort();
      rest = rest.subspan(taken);
    }
    answer.end_of_file();
  } catch (const fletching::Error&) {
    return 0;
  }
  const auto response = answer.take();
  if (response.body.size() > static_cast<size_t>(kLimits.body)) std::abort();
  static_cast<void>(fletching::retry_after(response));
  return 0;
}
