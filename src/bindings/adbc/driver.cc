// SPDX-License-Identifier: Apache-2.0
// The entry points that a driver manager looks for.
#include <cstring>
#include <string>

#include "bindings/adbc/calls.h"
#include "bindings/adbc/error.h"
#include "bindings/adbc/stream.h"

namespace fletching::adbc {
namespace {

// The core's threads end with what they serve; nothing is kept for the driver itself.
AdbcStatusCode release_driver(AdbcDriver* driver, AdbcError* error) {
  return guarded(error, [&] {
    driver->private_data = nullptr;
    driver->release = nullptr;
  });
}

void fill(AdbcDriver& driver, bool with_1_1) {
  std::memset(&driver, 0, with_1_1 ? ADBC_DRIVER_1_1_0_SIZE : ADBC_DRIVER_1_0_0_SIZE);
  driver.release = release_driver;
  fill_database_calls(driver, with_1_1);
  fill_connection_calls(driver, with_1_1);
  fill_statement_calls(driver, with_1_1);
  if (!with_1_1) return;
  driver.ErrorGetDetailCount = detail_count;
  driver.ErrorGetDetail = detail_at;
  driver.ErrorFromArrayStream = stream_error;
}

AdbcStatusCode init(int version, void* driver, AdbcError* error) {
  return guarded(error, [&] {
    if (driver == nullptr) throw Error(Code::kInvalidArgument, "the driver is null");
    if (version != ADBC_VERSION_1_0_0 && version != ADBC_VERSION_1_1_0) {
      throw Error(Code::kNotImplemented, "ADBC version " + std::to_string(version) +
                                             " is not known (1.0.0 and 1.1.0 are)");
    }
    fill(*static_cast<AdbcDriver*>(driver), version == ADBC_VERSION_1_1_0);
  });
}

}  // namespace
}  // namespace fletching::adbc

extern "C" {

// NOLINTBEGIN(readability-identifier-naming): the names are ADBC's.
AdbcStatusCode AdbcDriverInit(int version, void* driver, AdbcError* error);
AdbcStatusCode AdbcDriverFletchingInit(int version, void* driver, AdbcError* error);

[[gnu::visibility("default")]] AdbcStatusCode AdbcDriverInit(int version, void* driver,
                                                             AdbcError* error) {
  return fletching::adbc::init(version, driver, error);
}

[[gnu::visibility("default")]] AdbcStatusCode AdbcDriverFletchingInit(
    int version, void* driver, AdbcError* error) {
  return fletching::adbc::init(version, driver, error);
}
// NOLINTEND(readability-identifier-naming)

}  // extern "C"
