/* SPDX-License-Identifier: Apache-2.0
 * A program without C++ and without a driver manager: program DRIVER URI SQL prints the
 * rows of the first column (int64), or what went wrong; program DRIVER --misuse does
 * what no caller should and expects errors instead of crashes. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <arrow-adbc/adbc.h>

static struct AdbcDriver driver;

static int failed(struct AdbcError* error, const char* what) {
  printf("%s: %s\n", what, error->message == NULL ? "no message" : error->message);
  if (error->release != NULL) error->release(error);
  return 1;
}

static int print_rows(struct ArrowArrayStream* rows) {
  for (;;) {
    struct ArrowArray batch;
    const int status = rows->get_next(rows, &batch);
    if (status != 0) {
      printf("get_next: %s\n", rows->get_last_error(rows));
      return 1;
    }
    if (batch.release == NULL) return 0;
    const struct ArrowArray* column = batch.children[0];
    const long long* values = (const long long*)column->buffers[1];
    for (int64_t i = 0; i < column->length; ++i) {
      printf("%lld\n", values[column->offset + i]);
    }
    batch.release(&batch);
  }
}

static int query(const char* uri, const char* sql) {
  struct AdbcError error = ADBC_ERROR_INIT;
  struct AdbcDatabase database = {0};
  struct AdbcConnection connection = {0};
  struct AdbcStatement statement = {0};
  struct ArrowArrayStream rows = {0};
  if (driver.DatabaseNew(&database, &error) != 0) return failed(&error, "new");
  if (driver.DatabaseSetOption(&database, "uri", uri, &error) != 0 ||
      driver.DatabaseInit(&database, &error) != 0) {
    return failed(&error, "database");
  }
  if (driver.ConnectionNew(&connection, &error) != 0 ||
      driver.ConnectionInit(&connection, &database, &error) != 0) {
    return failed(&error, "connection");
  }
  if (driver.StatementNew(&connection, &statement, &error) != 0 ||
      driver.StatementSetSqlQuery(&statement, sql, &error) != 0 ||
      driver.StatementExecuteQuery(&statement, &rows, NULL, &error) != 0) {
    return failed(&error, "query");
  }
  /* In the order that nobody expects: the rows are read last. */
  driver.StatementRelease(&statement, &error);
  driver.DatabaseRelease(&database, &error);
  const int status = print_rows(&rows);
  rows.release(&rows);
  driver.ConnectionRelease(&connection, &error);
  return status;
}

static int misuse(void) {
  struct AdbcError error = ADBC_ERROR_INIT;
  struct AdbcDatabase database = {0};
  struct AdbcConnection connection = {0};
  struct AdbcStatement statement = {0};
  int wrong = 0;
  wrong += driver.DatabaseInit(&database, &error) != ADBC_STATUS_INVALID_STATE;
  wrong += driver.StatementPrepare(&statement, &error) != ADBC_STATUS_INVALID_STATE;
  wrong += driver.StatementCancel(NULL, &error) != ADBC_STATUS_INVALID_STATE;
  wrong += driver.DatabaseNew(&database, NULL) != ADBC_STATUS_OK;
  wrong += driver.DatabaseSetOption(&database, NULL, "x", NULL) !=
           ADBC_STATUS_INVALID_ARGUMENT;
  wrong += driver.DatabaseInit(&database, &error) != ADBC_STATUS_INVALID_ARGUMENT;
  wrong += driver.ConnectionNew(&connection, &error) != ADBC_STATUS_OK;
  wrong += driver.ConnectionInit(&connection, &database, &error) !=
           ADBC_STATUS_INVALID_STATE;
  wrong += driver.StatementNew(&connection, &statement, &error) !=
           ADBC_STATUS_INVALID_STATE;
  wrong += driver.ConnectionCommit(&connection, &error) != ADBC_STATUS_INVALID_STATE;
  wrong += driver.ConnectionRelease(&connection, &error) != ADBC_STATUS_OK;
  wrong += driver.ConnectionRelease(&connection, &error) != ADBC_STATUS_INVALID_STATE;
  wrong += driver.DatabaseRelease(&database, &error) != ADBC_STATUS_OK;
  if (error.release != NULL) error.release(&error);
  printf("%d wrong\n", wrong);
  return wrong;
}

/* What lies behind a table of version 1.0.0 must stay untouched. */
static int old_version(AdbcDriverInitFunc init) {
  struct AdbcError error;
  memset(&error, 0, sizeof(error));
  unsigned char* bytes = (unsigned char*)&driver;
  memset(&driver, 0x5A, sizeof(driver));
  if (init(ADBC_VERSION_1_0_0, &driver, &error) != 0) return failed(&error, "init");
  for (size_t i = ADBC_DRIVER_1_0_0_SIZE; i < sizeof(driver); ++i) {
    if (bytes[i] != 0x5A) return 1;
  }
  struct AdbcDriver other;
  if (init(42, &other, &error) != ADBC_STATUS_NOT_IMPLEMENTED) return 1;
  return failed(&error, "version 42") - 1;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  void* library = dlopen(argv[1], RTLD_NOW);
  if (library == NULL) {
    printf("%s\n", dlerror());
    return 2;
  }
  AdbcDriverInitFunc init;
  *(void**)&init = dlsym(library, "AdbcDriverInit");
  if (init == NULL) return 2;
  if (strcmp(argv[2], "--old") == 0) return old_version(init);
  struct AdbcError error = ADBC_ERROR_INIT;
  if (init(ADBC_VERSION_1_1_0, &driver, &error) != 0) return failed(&error, "init");
  if (strcmp(argv[2], "--misuse") == 0) return misuse();
  return argc < 4 ? 2 : query(argv[2], argv[3]);
}
