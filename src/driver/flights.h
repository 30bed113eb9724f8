// SPDX-License-Identifier: Apache-2.0
// The Flight RPCs under a connection's statements, for faces that hand FlightInfo and
// tickets on to their callers. Everything may throw fletching::Error; after fork only
// closing works, quietly.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/flights.h"
#include "driver/settings.h"
#include "fletching/driver.h"
#include "fletching/flight_reader.h"

namespace fletching {

// A statement that the server has prepared. Used by one thread at a time. Dropping it
// closes it on the server, with the connection's next call.
class PreparedCalls {
 public:
  // False where the server does not say; else `out` is the caller's to release.
  bool parameter_schema(ArrowSchema* out) const;
  bool dataset_schema(ArrowSchema* out) const;
  // The serialized FlightInfo of a run with these rows of parameters (null: none).
  [[nodiscard]] std::string info(ArrowArrayStream* parameters);
  // Rows changed, -1 unknown. kNotImplemented where the server has no update path.
  [[nodiscard]] int64_t update(ArrowArrayStream* parameters);
  void close() noexcept;

  struct State;
  explicit PreparedCalls(std::shared_ptr<State> state);

 private:
  std::shared_ptr<State> state_;
};

// Calls of one connection with headers and a time limit of their own. Thread-safe and
// cheap to make. A FlightInfo is the message as the server sent it.
class FlightCalls {
 public:
  // timeout 0: as the connection's options say; of read() it limits all rows. Throws
  // kInvalidArgument for names and values that no header can have.
  FlightCalls(const Connection& connection, const CallHeaders& headers,
              std::chrono::nanoseconds timeout);

  [[nodiscard]] std::string info(std::string_view sql);
  [[nodiscard]] std::string metadata(const MetadataRequest& request);
  [[nodiscard]] std::string info(const SubstraitPlan& plan);
  // Rows changed, -1 unknown. kNotImplemented where the server has no update path.
  [[nodiscard]] int64_t update(std::string_view sql);
  [[nodiscard]] PreparedCalls prepare(std::string_view sql);
  // `locations`: the URIs of the ticket's endpoint, none for the same server. `schema`:
  // of the FlightInfo, as it is there, or empty.
  [[nodiscard]] FlightReader read(std::string ticket,
                                  std::vector<std::string> locations,
                                  std::string schema = {});
  // `rows` may be null.
  [[nodiscard]] FlightReader exchange(const FlightDescriptor& descriptor,
                                      std::unique_ptr<ResultStream> rows,
                                      ExchangeRows how);

 private:
  [[nodiscard]] std::shared_ptr<FlightReader::State> begin_reading();
  [[nodiscard]] std::string capped(std::string_view sql) const;
  [[nodiscard]] std::chrono::nanoseconds limit(
      std::chrono::nanoseconds Settings::* usual) const;

  std::shared_ptr<Connection::State> connection_;
  std::shared_ptr<Flights> flights_;
  std::chrono::nanoseconds timeout_;
};

}  // namespace fletching
