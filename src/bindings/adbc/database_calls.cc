// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/calls.h"
#include "bindings/adbc/option_calls.h"

namespace fletching::adbc {
namespace {

AdbcStatusCode database_new(AdbcDatabase* database, AdbcError* error) {
  return guarded(error, [&] {
    out_of(database, "AdbcDatabaseNew").private_data = new DatabaseHandle();
  });
}

AdbcStatusCode database_init(AdbcDatabase* database, AdbcError* error) {
  return guarded(error, [&] { of(database).init(); });
}

AdbcStatusCode database_release(AdbcDatabase* database, AdbcError* error) {
  return guarded(error, [&] { release<DatabaseHandle>(database, "AdbcDatabase"); });
}

}  // namespace

void fill_database_calls(AdbcDriver& driver, bool with_1_1) noexcept {
  using Options = OptionCalls<AdbcDatabase>;
  driver.DatabaseNew = database_new;
  driver.DatabaseInit = database_init;
  driver.DatabaseRelease = database_release;
  driver.DatabaseSetOption = Options::set;
  if (!with_1_1) return;
  driver.DatabaseSetOptionBytes = Options::set_bytes;
  driver.DatabaseSetOptionInt = Options::set_int;
  driver.DatabaseSetOptionDouble = Options::set_double;
  driver.DatabaseGetOption = Options::get;
  driver.DatabaseGetOptionBytes = Options::get_bytes;
  driver.DatabaseGetOptionInt = Options::get_int;
  driver.DatabaseGetOptionDouble = Options::get_double;
}

}  // namespace fletching::adbc
