// SPDX-License-Identifier: Apache-2.0
// StarRocks 3.5 and later. From its sources (fe-core, ArrowFlightSqlServiceImpl.java):
// the Handshake's token is the session; the session option "catalog" is the only one;
// the header "database" (PR#78049) counts for prepared statements alone, so USE
// chooses; values cannot be bound; CloseSession is never answered; metadata commands
// give a FlightInfo whose DoGet is UNIMPLEMENTED. A second query of a session waits for
// the first one and times out (starrocks PR#65889, #65558). Not run.
#include "backend/profiles/profiles.h"

namespace fletching::profiles {

constinit const ServerProfile kStarRocks = {
    .name = "starrocks",
    .product = "starrocks",
    .dialect = "starrocks",
    .binding = ServerProfile::Binding::kClient,
    .schema_by = ServerProfile::Choice::kUseStatement,
    .transactions = TransactionSupport::kNone,
    .has_ingest = false,
    .has_session_close = false,
    .share_token = false,
};

}  // namespace fletching::profiles
