// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/error.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace fletching::adbc {
namespace {

void release(AdbcError* error) {
  std::free(error->message);
  error->message = nullptr;
  if (error->vendor_code == ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA) {
    delete static_cast<Error*>(error->private_data);
    error->private_data = nullptr;
  }
  error->release = nullptr;
}

// The error behind the struct, if it is ours and holds one.
const Error* ours(const AdbcError* error) noexcept {
  if (error == nullptr || error->release != release) return nullptr;
  if (error->vendor_code != ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA) return nullptr;
  return static_cast<const Error*>(error->private_data);
}

}  // namespace

AdbcStatusCode report(const Error& e, AdbcError* out) noexcept {
  const auto status = static_cast<AdbcStatusCode>(e.code());
  if (out == nullptr) return status;
  if (out->release != nullptr) out->release(out);
  out->message = ::strdup(e.message().c_str());
  std::memset(out->sqlstate, 0, sizeof(out->sqlstate));
  std::memcpy(out->sqlstate, e.sqlstate().data(),
              std::min(e.sqlstate().size(), sizeof(out->sqlstate)));
  if (out->vendor_code == ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA) {
    out->private_data = new (std::nothrow) Error(e);
  } else {
    out->vendor_code = e.vendor_code();
  }
  out->release = release;
  return status;
}

int detail_count(const AdbcError* error) noexcept {
  const Error* found = ours(error);
  return found == nullptr ? 0 : static_cast<int>(found->details().size());
}

AdbcErrorDetail detail_at(const AdbcError* error, int index) noexcept {
  if (index < 0 || index >= detail_count(error)) return {nullptr, nullptr, 0};
  const auto& [key, value] = ours(error)->details()[static_cast<size_t>(index)];
  return {key.c_str(), reinterpret_cast<const uint8_t*>(value.data()), value.size()};
}

}  // namespace fletching::adbc
