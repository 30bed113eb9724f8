/* SPDX-License-Identifier: Apache-2.0
 * Calls every function of ADBC 1.1.0's table once: walk DRIVER URI prints a line for each,
 * with its status. The server is one with a table `t` of one int64 column. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <arrow-adbc/adbc.h>

static struct AdbcDriver driver;
static struct AdbcError error = ADBC_ERROR_INIT;

/* Says what came back; what was asked for may be dropped by then. */
static int say(const char* name, AdbcStatusCode status) {
  printf("%s %d\n", name, (int)status);
  return status;
}

#define CALL(function, ...) say(#function, driver.function(__VA_ARGS__, &error))

/* The eight functions of options, which databases, connections and statements have. */
#define WALK_OPTIONS(Kind, object, key)                                \
  do {                                                                 \
    uint8_t bytes[64];                                                 \
    char text[64];                                                     \
    size_t length = sizeof(text);                                      \
    int64_t integer = 0;                                               \
    double real = 0;                                                   \
    CALL(Kind##SetOption, object, key, "4");                           \
    CALL(Kind##SetOptionBytes, object, key, (const uint8_t*)"5", 1);   \
    CALL(Kind##SetOptionDouble, object, key, 6.5);                     \
    CALL(Kind##SetOptionInt, object, key, 7);                          \
    CALL(Kind##GetOption, object, key, text, &length);                 \
    length = sizeof(bytes);                                            \
    CALL(Kind##GetOptionBytes, object, key, bytes, &length);           \
    CALL(Kind##GetOptionDouble, object, key, &real);                   \
    CALL(Kind##GetOptionInt, object, key, &integer);                   \
    if (integer != 7 || real != 7) printf("options were lost\n");      \
  } while (0)

static void drop(struct ArrowArrayStream* rows) {
  if (rows->release != NULL) rows->release(rows);
  memset(rows, 0, sizeof(*rows));
}

static void drop_schema(struct ArrowSchema* schema) {
  if (schema->release != NULL) schema->release(schema);
  memset(schema, 0, sizeof(*schema));
}

/* A struct array of one int64 column, without copies: the caller's own memory. */
static const int64_t kValue = 7;
static const void* value_buffers[2] = {NULL, &kValue};
static const void* row_buffers[1] = {NULL};
static void release_array(struct ArrowArray* array) { array->release = NULL; }
static void release_schema(struct ArrowSchema* schema) { schema->release = NULL; }
static struct ArrowArray value;
static struct ArrowArray* children[1] = {&value};
static struct ArrowSchema column;
static struct ArrowSchema* columns[1] = {&column};

static void one_row(struct ArrowArray* row, struct ArrowSchema* schema) {
  value = (struct ArrowArray){.length = 1, .n_buffers = 2, .buffers = value_buffers,
                              .release = release_array};
  *row = (struct ArrowArray){.length = 1, .n_buffers = 1, .buffers = row_buffers,
                             .n_children = 1, .children = children,
                             .release = release_array};
  column = (struct ArrowSchema){.format = "l", .name = "x", .release = release_schema};
  *schema = (struct ArrowSchema){.format = "+s", .n_children = 1, .children = columns,
                                 .release = release_schema};
}

static void walk_database(struct AdbcDatabase* database, const char* uri) {
  CALL(DatabaseNew, database);
  WALK_OPTIONS(Database, database, "adbc.flight.sql.rpc.timeout_seconds.query");
  driver.DatabaseSetOption(database, "uri", uri, &error);
  CALL(DatabaseInit, database);
}

static void walk_connection(struct AdbcConnection* connection,
                            struct AdbcDatabase* database) {
  struct ArrowArrayStream rows = {0};
  struct ArrowSchema schema = {0};
  CALL(ConnectionNew, connection);
  CALL(ConnectionInit, connection, database);
  WALK_OPTIONS(Connection, connection, "adbc.flight.sql.rpc.timeout_seconds.update");
  driver.ConnectionSetOption(connection, "adbc.connection.autocommit", "false", &error);
  CALL(ConnectionCommit, connection);
  CALL(ConnectionRollback, connection);
  driver.ConnectionSetOption(connection, "adbc.connection.autocommit", "true", &error);
  CALL(ConnectionGetInfo, connection, NULL, 0, &rows);
  drop(&rows);
  CALL(ConnectionGetObjects, connection, ADBC_OBJECT_DEPTH_ALL, NULL, NULL, "t", NULL,
       NULL, &rows);
  drop(&rows);
  CALL(ConnectionGetTableSchema, connection, NULL, NULL, "t", &schema);
  drop_schema(&schema);
  CALL(ConnectionGetTableTypes, connection, &rows);
  drop(&rows);
  CALL(ConnectionGetStatistics, connection, NULL, NULL, "t", 0, &rows);
  drop(&rows);
  CALL(ConnectionGetStatisticNames, connection, &rows);
  drop(&rows);
  CALL(ConnectionCancel, connection);
}

static void walk_statement(struct AdbcConnection* connection) {
  struct AdbcStatement statement = {0};
  struct ArrowArrayStream rows = {0};
  struct ArrowArrayStream more = {0};
  struct ArrowSchema schema = {0};
  struct ArrowArray row;
  struct AdbcPartitions parts = {0};
  int64_t affected = 0;
  CALL(StatementNew, connection, &statement);
  WALK_OPTIONS(Statement, &statement, "adbc.rpc.result_queue_size");
  CALL(StatementSetSubstraitPlan, &statement, (const uint8_t*)"\x1a\x02\x12\x00", 4);
  say("a plan", driver.StatementExecuteQuery(&statement, &rows, NULL, &error));
  CALL(StatementSetSqlQuery, &statement, "select n from t where n = ?");
  CALL(StatementPrepare, &statement);
  CALL(StatementGetParameterSchema, &statement, &schema);
  drop_schema(&schema);
  one_row(&row, &schema);
  CALL(StatementBind, &statement, &row, &schema);
  CALL(StatementExecuteQuery, &statement, &rows, &affected);
  CALL(StatementBindStream, &statement, &rows);
  say("bound rows", driver.StatementExecuteQuery(&statement, &more, NULL, &error));
  drop(&more);
  driver.StatementSetSqlQuery(&statement, "select n from t", &error);
  CALL(StatementExecuteSchema, &statement, &schema);
  drop_schema(&schema);
  CALL(StatementExecutePartitions, &statement, &schema, &parts, &affected);
  drop_schema(&schema);
  if (parts.num_partitions > 0) {
    CALL(ConnectionReadPartition, connection, parts.partitions[0],
         parts.partition_lengths[0], &rows);
  }
  AdbcStatusCode status = ADBC_STATUS_OK;
  say("ErrorFromArrayStream", driver.ErrorFromArrayStream(&rows, &status) != NULL);
  drop(&rows);
  if (parts.release != NULL) parts.release(&parts);
  CALL(StatementCancel, &statement);
  driver.StatementSetSqlQuery(&statement, "select x from nowhere", &error);
  say("a wrong query", driver.StatementExecuteQuery(&statement, &rows, NULL, &error));
  const int details = driver.ErrorGetDetailCount(&error);
  say("ErrorGetDetailCount", details > 0 ? 0 : 1);
  say("ErrorGetDetail", driver.ErrorGetDetail(&error, 0).key != NULL ? 0 : 1);
  CALL(StatementRelease, &statement);
}

/* None of the table's places is empty. */
static void check_table(void) {
  const void* const* places = (const void* const*)(const void*)&driver;
  const size_t count = sizeof(driver) / sizeof(void*);
  for (size_t i = 2; i < count; ++i) {
    const int is_release = (const void*)&places[i] == (const void*)&driver.release;
    const int is_manager = (const void*)&places[i] == (const void*)&driver.private_manager;
    const int is_data = (const void*)&places[i] == (const void*)&driver.private_data;
    if (places[i] == NULL && !is_manager && !is_data && !is_release) {
      printf("place %zu is empty\n", i);
    }
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  void* library = dlopen(argv[1], RTLD_NOW);
  AdbcDriverInitFunc init;
  if (library == NULL) return 2;
  *(void**)&init = dlsym(library, "AdbcDriverInit");
  if (init == NULL || init(ADBC_VERSION_1_1_0, &driver, &error) != 0) return 2;
  check_table();
  struct AdbcDatabase database = {0};
  struct AdbcConnection connection = {0};
  walk_database(&database, argv[2]);
  walk_connection(&connection, &database);
  walk_statement(&connection);
  CALL(ConnectionRelease, &connection);
  CALL(DatabaseRelease, &database);
  say("release", driver.release(&driver, &error));
  if (error.release != NULL) error.release(&error);
  return 0;
}
