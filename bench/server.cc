// SPDX-License-Identifier: Apache-2.0
// The benchmark's server: Arrow's own C++ Flight server, the one inside pyarrow.flight,
// handing out tables that it holds in memory. Every client reads the same batches, and
// no handler is Python, whose time would be the same for every client and hide theirs.
// The SQL text names the table: `select * from NAME`. Built by scripts/bench with the
// headers and libraries of the pyarrow wheel.
//
//   server DIRECTORY [CERTIFICATE KEY]
//
// Prints `listening on URL` and serves until it is killed.
#include <arrow/flight/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace flight = arrow::flight;

namespace {

struct Table {
  std::shared_ptr<arrow::Schema> schema;
  arrow::RecordBatchVector batches;
  int64_t rows = 0;
};

arrow::Result<Table> load(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file));
  Table table{reader->schema(), {}, 0};
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->ReadRecordBatch(i));
    table.rows += batch->num_rows();
    table.batches.push_back(std::move(batch));
  }
  return table;
}

class TableServer final : public flight::FlightServerBase {
 public:
  explicit TableServer(std::map<std::string, Table> tables)
      : tables_(std::move(tables)) {}

  arrow::Status GetFlightInfo(const flight::ServerCallContext&,
                              const flight::FlightDescriptor& descriptor,
                              std::unique_ptr<flight::FlightInfo>* info) override {
    const auto* found = find(descriptor.cmd);
    if (found == nullptr) return arrow::Status::NotImplemented("only known tables");
    const flight::FlightEndpoint endpoint{{found->first}, {}, {}, {}};
    ARROW_ASSIGN_OR_RAISE(auto made,
                          flight::FlightInfo::Make(found->second.schema, descriptor,
                                                   {endpoint}, found->second.rows, -1));
    *info = std::make_unique<flight::FlightInfo>(std::move(made));
    return arrow::Status::OK();
  }

  arrow::Status DoGet(const flight::ServerCallContext&, const flight::Ticket& ticket,
                      std::unique_ptr<flight::FlightDataStream>* stream) override {
    const auto found = tables_.find(ticket.ticket);
    if (found == tables_.end()) return arrow::Status::KeyError("no such table");
    ARROW_ASSIGN_OR_RAISE(
        auto reader,
        arrow::RecordBatchReader::Make(found->second.batches, found->second.schema));
    *stream = std::make_unique<flight::RecordBatchStream>(std::move(reader));
    return arrow::Status::OK();
  }

 private:
  // The longest name in the command, which is text or CommandStatementQuery.
  [[nodiscard]] const std::pair<const std::string, Table>* find(
      const std::string& command) const {
    const std::pair<const std::string, Table>* best = nullptr;
    if (command.find("select") == std::string::npos) return best;
    for (const auto& entry : tables_) {
      const bool longer = best == nullptr || entry.first.size() > best->first.size();
      if (longer && command.find(entry.first) != std::string::npos) best = &entry;
    }
    return best;
  }

  const std::map<std::string, Table> tables_;
};

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

arrow::Status serve(int argc, char** argv) {
  const bool tls = argc == 4;
  std::map<std::string, Table> tables;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (entry.path().extension() != ".arrow") continue;
    ARROW_ASSIGN_OR_RAISE(tables[entry.path().stem()], load(entry.path()));
  }
  const std::string scheme = tls ? "grpc+tls" : "grpc";
  ARROW_ASSIGN_OR_RAISE(const auto location,
                        flight::Location::Parse(scheme + "://127.0.0.1:0"));
  flight::FlightServerOptions options(location);
  if (tls) options.tls_certificates = {{read_file(argv[2]), read_file(argv[3])}};
  TableServer server(std::move(tables));
  ARROW_RETURN_NOT_OK(server.Init(options));
  std::printf("listening on %s://127.0.0.1:%d\n", scheme.c_str(), server.port());
  std::fflush(stdout);
  return server.Serve();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fprintf(stderr, "usage: server DIRECTORY [CERTIFICATE KEY]\n");
    return 2;
  }
  const arrow::Status status = serve(argc, argv);
  std::fprintf(stderr, "server: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
