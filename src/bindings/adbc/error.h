// SPDX-License-Identifier: Apache-2.0
// Errors at the C boundary: nothing else leaves a function of the driver.
#pragma once

#include <arrow-adbc/adbc.h>

#include <exception>
#include <new>

#include "fletching/error.h"

namespace fletching::adbc {

// Fills in `out`, which may be null and is released first if it holds an error. Callers
// of ADBC 1.1.0 (who set its vendor_code to ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA) get
// the details too; others the gRPC status as vendor_code. Returns the error's code.
AdbcStatusCode report(const Error& e, AdbcError* out) noexcept;

[[nodiscard]] int detail_count(const AdbcError* error) noexcept;
[[nodiscard]] AdbcErrorDetail detail_at(const AdbcError* error, int index) noexcept;

// Runs the body of an entry point; whatever it throws becomes an AdbcError.
template <class Body>
AdbcStatusCode guarded(AdbcError* error, Body&& body) noexcept {
  try {
    body();
    return ADBC_STATUS_OK;
  } catch (const Error& e) {
    return report(e, error);
  } catch (const std::bad_alloc&) {
    return report(Error(Code::kInternal, "memory ran out"), error);
  } catch (const std::exception& e) {
    return report(Error(Code::kInternal, e.what()), error);
  } catch (...) {
    return report(Error(Code::kInternal, "an unknown exception"), error);
  }
}

}  // namespace fletching::adbc
