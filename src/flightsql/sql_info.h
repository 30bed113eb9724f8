// SPDX-License-Identifier: Apache-2.0
// The answer to CommandGetSqlInfo, read as what it says.
#pragma once

#include "arrow/result_stream.h"
#include "backend/server_info.h"

namespace fletching {

// Takes what is known of these rows into `info`: columns by name (info_name, value),
// whatever the types' widths, the union's layout and ids, dictionaries or views. Ids
// and values of other types than the protocol gives them are passed over. The rows are
// valid as IpcReader's are. Throws kInvalidData where a column is missing.
void read_sql_info(const ArrowSchema& schema, const ArrowArray& rows, ServerInfo& info);

// The same for a whole answer.
[[nodiscard]] ServerInfo read_server_info(ResultStream& answer, const Wait& wait);

}  // namespace fletching
