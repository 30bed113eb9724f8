// SPDX-License-Identifier: Apache-2.0
// The RPCs of Arrow Flight under a session's statements, for faces that hand FlightInfo
// and tickets on to their callers. Backends over other protocols have none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result_stream.h"
#include "backend/backend.h"
#include "fletching/exchange.h"

namespace fletching {

// What an exchange hands out.
enum class ExchangeRows : uint8_t {
  kOnly,         // batches; what comes beside them alone is kept for the next one
  kAndMetadata,  // every message: one without rows is a batch without an array
};

// The rows of one ticket.
class TicketStream : public ResultStream {
 public:
  // FlightData.app_metadata that came last since it was taken last, with the batch
  // handed out last or before it; empty where there was none. For the reader's thread.
  virtual std::string take_app_metadata() = 0;
};

// A statement that the server has prepared. Used by one thread at a time. Its closing
// rides with a later call.
class PreparedFlight {
 public:
  virtual ~PreparedFlight() = default;

  // Null where the server does not say.
  [[nodiscard]] virtual const ArrowSchema* parameter_schema() const = 0;
  [[nodiscard]] virtual const ArrowSchema* dataset_schema() const = 0;
  // Binds the rows (null: none) and gives the FlightInfo as the server sent it.
  [[nodiscard]] virtual std::string info(ResultStream* parameters,
                                         const Wait& wait) = 0;
  // Rows changed, -1 unknown; nullopt: the server has no update path and ran nothing.
  [[nodiscard]] virtual std::optional<int64_t> update(ResultStream* parameters,
                                                      const Wait& wait) = 0;
};

// Thread-safe. Ends with its session. A FlightInfo is the message as the server sent
// it.
class Flights {
 public:
  virtual ~Flights() = default;

  [[nodiscard]] virtual std::string info(std::string_view sql, const Wait& wait) = 0;
  [[nodiscard]] virtual std::string metadata(const MetadataRequest& request,
                                             const Wait& wait) = 0;
  [[nodiscard]] virtual std::string info(const SubstraitPlan& plan,
                                         const Wait& wait) = 0;
  // As Query::execute_update().
  [[nodiscard]] virtual std::optional<int64_t> update(std::string_view sql,
                                                      const Wait& wait) = 0;
  [[nodiscard]] virtual std::unique_ptr<PreparedFlight> prepare(std::string_view sql,
                                                                const Wait& wait) = 0;
  // The rows of one ticket: read at the locations (URIs) that its endpoint named, or
  // from the connection's own server where it named none. `schema`: what the FlightInfo
  // said, as it is there, or empty.
  [[nodiscard]] virtual std::unique_ptr<TicketStream> read(
      std::string ticket, std::vector<std::string> locations, std::string schema,
      const Wait& wait) = 0;
  // A DoExchange (Flight.proto): the rows (null: none) go out, on the reader's thread,
  // while the server's are read. A batch of theirs may have app_metadata, and then may
  // have no rows.
  [[nodiscard]] virtual std::unique_ptr<TicketStream> exchange(
      const FlightDescriptor& descriptor, std::unique_ptr<ResultStream> rows,
      ExchangeRows how, const Wait& wait) = 0;
};

}  // namespace fletching
