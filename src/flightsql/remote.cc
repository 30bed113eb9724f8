// SPDX-License-Identifier: Apache-2.0
#include "flightsql/remote.h"

namespace fletching {
namespace {

constexpr int32_t kGrpcUnimplemented = 12;

}  // namespace

bool is_unimplemented(const Error& error) noexcept {
  return error.code() == Code::kNotImplemented &&
         error.vendor_code() == kGrpcUnimplemented;
}

bool is_servers_no(const Error& error) noexcept {
  switch (error.code()) {
    case Code::kIo:
    case Code::kTimeout:
    case Code::kCancelled:
    case Code::kUnauthenticated:
    case Code::kUnauthorized:
      return false;
    default:
      return error.vendor_code() != 0;
  }
}

}  // namespace fletching
